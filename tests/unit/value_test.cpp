#include "base/value.hpp"

#include <doctest/doctest.h>

namespace onit {
namespace {

/// The bytes of a size, or nothing.
std::optional<std::uint64_t> bytes(std::string_view text) {
  auto size = size_value(text);
  return size.ok() ? std::optional<std::uint64_t>{size.value()} : std::nullopt;
}

}  // namespace

TEST_CASE("a size is bytes, or has a unit of powers of 1000 or of 1024") {
  CHECK(bytes("0") == 0U);
  CHECK(bytes("4096") == 4096U);
  CHECK(bytes("7B") == 7U);
  CHECK(bytes("10kB") == 10'000U);
  CHECK(bytes("10KB") == 10'000U);
  CHECK(bytes("10MB") == 10'000'000U);
  CHECK(bytes("1GB") == 1'000'000'000U);
  CHECK(bytes("1KiB") == 1024U);
  CHECK(bytes("64MiB") == std::uint64_t{64} << 20);
  CHECK(bytes("2GiB") == std::uint64_t{2} << 30);
}

TEST_CASE("anything else is no size, and neither is more than fits into a file's") {
  for (std::string_view text : {"", "MB", "-1", "1.5MB", "1 MB", "1m", "1mb", "0x10", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK(!bytes(text));
  }
  CHECK(bytes("9223372036854775807") == INT64_MAX);
  CHECK(!bytes("9223372037GB"));
}

TEST_CASE("a limit has one value for both, or two") {
  CHECK(limit_value("5").value().hard == 5);
  CHECK(limit_value("5:6").value().hard == 6);
  CHECK(limit_value("5:unlimited").value().hard == kUnlimited);
  CHECK(!limit_value("6:5").ok());
  CHECK(!limit_value("5:").ok());
}

}  // namespace onit
