#pragma once

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace onit {

/// A failed system call: its name (a literal) and errno.
struct Error {
  const char* call;
  int code;
};

/// Input that cannot be used, in words for the person who wrote it.
struct Complaint {
  std::string text;
};

/// A value or the reason why there is none. Callers look at ok() before they use either side.
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  T& value() { return *std::get_if<0>(&state_); }
  const T& value() const { return *std::get_if<0>(&state_); }
  const E& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, E> state_;
};

/// Success without a value.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  const E& error() const { return *error_; }

 private:
  std::optional<E> error_;
};

/// A failed system call as a complaint: "bind: Address already in use". Source: strerror(3).
Complaint complaint_about(const Error& error);

/// The error of the system call that has just failed; reads errno.
inline Error errno_error(const char* call) { return Error{call, errno}; }

}  // namespace onit
