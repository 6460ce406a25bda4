#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace onit {

/// What is put into a text: a text, a number, or a duration as people read it. Unlike a std::string made for the
/// purpose it costs no code where it stands.
struct Filling {
  enum class Kind : char { literal, text, number, duration };

  Filling(const char* literal) : text(literal), kind(Kind::literal) {}
  Filling(std::string_view view) : text(view.data()), value(static_cast<long>(view.size())), kind(Kind::text) {}
  Filling(const std::string& string) : Filling(std::string_view{string}) {}
  Filling(long number) : value(number), kind(Kind::number) {}
  Filling(Millis duration) : value(duration.count()), kind(Kind::duration) {}

  const char* text = nullptr;
  long value = 0;  ///< of a text its length
  Kind kind;
};

/// Appends the pattern with each '%' replaced by the next part; there have to be as many of them.
void add(std::string& text, const char* pattern, std::initializer_list<Filling> parts = {});

}  // namespace onit
