#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/time.hpp"

namespace onit {

/// What the parts of a text are: four bits for each, the first one lowest, 0 behind the last. With it the parts travel
/// as arguments of a C function, in registers; a list of std::string_view would be built in memory by each caller.
using PartKinds = std::uint64_t;

/// See quoted(); the text has to live as long as this.
struct Quoted {
  const char* bytes;
  std::size_t size;
  operator std::string() const;
};

/// A std::string_view as C knows it: va_arg(3) takes nothing that has constructors.
struct ViewPart {
  const char* bytes;
  std::size_t size;
};

/// `string` is passed by its address, all others as they are.
enum class PartKind : unsigned { none, literal, view, quoted, string, character, whole, natural, duration };

/// A part as it is passed on: texts of C and numbers as they are, a std::string by its address.
template <class Part>
constexpr auto as_argument(const Part& part) {
  static_assert(!std::is_same_v<Part, bool>);
  if constexpr (std::is_same_v<Part, std::string>) {
    return &part;
  } else if constexpr (std::is_same_v<Part, Millis> || std::is_same_v<Part, Quoted>) {
    return part;
  } else if constexpr (std::is_same_v<Part, char>) {
    return int{part};
  } else if constexpr (std::is_integral_v<Part>) {
    return static_cast<std::conditional_t<std::is_signed_v<Part>, long, unsigned long>>(part);
  } else if constexpr (std::is_convertible_v<const Part&, const char*>) {
    return static_cast<const char*>(part);
  } else if constexpr (requires { part.c_str(); }) {
    return static_cast<const char*>(part.c_str());
  } else {
    std::string_view view{part};
    return ViewPart{view.data(), view.size()};
  }
}

template <class Argument>
constexpr PartKind kPartKind = std::is_same_v<Argument, const char*>          ? PartKind::literal
                               : std::is_same_v<Argument, ViewPart>           ? PartKind::view
                               : std::is_same_v<Argument, Quoted>             ? PartKind::quoted
                               : std::is_same_v<Argument, const std::string*> ? PartKind::string
                               : std::is_same_v<Argument, int>                ? PartKind::character
                               : std::is_same_v<Argument, long>               ? PartKind::whole
                               : std::is_same_v<Argument, unsigned long>      ? PartKind::natural
                                                                              : PartKind::duration;

template <class... Parts>
constexpr PartKinds part_kinds() {
  static_assert(sizeof...(Parts) <= 16);
  PartKinds kinds = 0;
  unsigned shift = 0;
  ((kinds |= PartKinds{static_cast<unsigned>(kPartKind<decltype(as_argument(std::declval<const Parts&>()))>)} << shift,
    shift += 4),
   ...);
  return kinds;
}

/// Appends `pattern` with each '%' replaced by the next part, or up to the first '%' for which there is none.
void append_parts(std::string& text, const char* pattern, PartKinds kinds, std::va_list parts);

/// A pattern of nothing but parts, as many as there are.
inline constexpr char kOnlyParts[] = "%%%%%%%%%%%%%%%%";

/// What filled() and concat() call, and add_filled(): `kinds` says what follows it.
std::string text_of_parts(const char* pattern, PartKinds kinds, ...);
void add_parts(std::string& text, const char* pattern, PartKinds kinds, ...);

}  // namespace onit
