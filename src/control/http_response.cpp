#include "control/http_response.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace onit {
namespace {

/// What a status line begins with; '#' is a digit.
constexpr std::string_view kShape = "HTTP/1.# ###";
constexpr std::size_t kCodeAt = 9;

constexpr int kSwitchingProtocols = 101;  // final, unlike the others below 200

/// Whether a line, or the beginning of one, fits.
bool fits(std::string_view line) {
  std::size_t length = std::min(line.size(), kShape.size());
  for (std::size_t i = 0; i < length; ++i) {
    bool same = kShape[i] == '#' ? is_digit(line[i]) : line[i] == kShape[i];
    if (!same) return false;
  }
  if (line.size() > kCodeAt && (line[kCodeAt] < '1' || line[kCodeAt] > '5')) return false;
  std::string_view rest = line.substr(length);
  if (!rest.empty() && rest.front() != ' ') return false;
  return std::ranges::none_of(rest, [](char c) { return is_control(c) && c != '\t'; });
}

int code_of(std::string_view line) {
  int code = 0;
  for (char digit : line.substr(kCodeAt, 3)) code = code * 10 + (digit - '0');
  return code;
}

/// Where the answer behind the empty line begins that ends this one; npos if that has not come yet.
std::size_t end_of_headers(std::string_view text, std::size_t end_of_line) {
  while (end_of_line != text.npos) {
    std::size_t next = end_of_line + 1;
    if (text.substr(next).starts_with("\r\n")) return next + 2;
    if (text.substr(next).starts_with('\n')) return next + 1;
    end_of_line = text.find('\n', next);
  }
  return text.npos;
}

}  // namespace

HttpAnswer read_http_answer(std::string_view received) {
  received = received.substr(0, kMaxAnswerBytes);
  bool is_full = received.size() == kMaxAnswerBytes;
  HttpAnswer unfinished{is_full ? HttpAnswer::State::malformed : HttpAnswer::State::incomplete};
  for (;;) {
    std::size_t end = received.find('\n');
    std::string_view line = received.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!fits(line)) return {HttpAnswer::State::malformed};
    if (end == received.npos) return unfinished;
    if (line.size() < kShape.size()) return {HttpAnswer::State::malformed};

    int code = code_of(line);
    if (code >= 200 || code == kSwitchingProtocols) {
      std::string_view reason = line.substr(std::min(kShape.size() + 1, line.size()));
      return {HttpAnswer::State::complete, code, reason};
    }
    std::size_t next = end_of_headers(received, end);
    if (next == received.npos) return unfinished;
    received.remove_prefix(next);
  }
}

}  // namespace onit
