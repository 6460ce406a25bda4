#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace onit {

/// Takes a chunked body apart as it comes. Source: RFC 9112, section 7.1.
class Chunks {
 public:
  enum class State : std::uint8_t {
    more,  ///< the body goes on
    done,
    malformed,
  };

  /// Appends to `body` what `bytes` hold of it. What follows the last chunk is passed over.
  State take(std::string_view bytes, std::string& body);

 private:
  enum class Stage : std::uint8_t { size, extension, data, data_end, done };

  bool take_framing(char c);
  bool take_size(char c);
  bool end_line();

  Stage stage_ = Stage::size;
  bool has_digit_ = false;
  bool has_return_ = false;
  std::size_t left_ = 0;  ///< of the chunk
};

}  // namespace onit
