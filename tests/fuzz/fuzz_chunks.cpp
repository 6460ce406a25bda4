#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "control/chunks.hpp"
#include "fuzz/checks.hpp"

// A chunked body, whole and in pieces: the first byte says of what size.

namespace {

using namespace onit;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  Chunks at_once;
  std::string body;
  Chunks::State state = at_once.take(bytes, body);
  require(body.size() <= bytes.size());

  Chunks in_pieces;
  std::string same;
  Chunks::State state_of_pieces = Chunks::State::more;
  for (std::size_t piece = data[0] + 1U; !bytes.empty() && state_of_pieces == Chunks::State::more;) {
    state_of_pieces = in_pieces.take(bytes.substr(0, piece), same);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  require(state == state_of_pieces && body == same);
  return 0;
}
