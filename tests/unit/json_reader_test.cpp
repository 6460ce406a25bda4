#include "base/json_reader.hpp"

#include <doctest/doctest.h>

#include <string>

namespace onit {
namespace {

using Kind = JsonValue::Kind;

bool is_accepted(std::string text) { return read_json(std::move(text)).has_value(); }

/// The text that a JSON string stands for.
std::string text_of(const std::string& written) {
  auto document = read_json(written);
  REQUIRE(document);
  REQUIRE(document->root().kind() == Kind::text);
  return document->root().text();
}

std::optional<std::int64_t> integer_of(const char* written) {
  auto document = read_json(written);
  REQUIRE(document);
  return document->root().integer();
}

}  // namespace

TEST_CASE("every kind of JSON value is read") {
  auto document = read_json(R"( {"a": null, "b" : [true,false , -12.5e+3,"x"], "c":{ }, "d":[ ], "e":{"f":{"g":7}}} )");
  REQUIRE(document);
  JsonValue root = document->root();
  CHECK(root.kind() == Kind::object);
  CHECK(root["a"].kind() == Kind::null);
  CHECK(root["c"].kind() == Kind::object);
  CHECK(root["d"].kind() == Kind::array);
  CHECK(root["d"].first().kind() == Kind::none);
  CHECK(root["e"]["f"]["g"].integer() == 7);

  JsonValue item = root["b"].first();
  CHECK(item.is_true());
  item = item.next();
  CHECK(item.kind() == Kind::boolean);
  CHECK_FALSE(item.is_true());
  item = item.next();
  CHECK(item.written() == "-12.5e+3");
  item = item.next();
  CHECK(item.text() == "x");
  CHECK(item.next().kind() == Kind::none);
}

TEST_CASE("what a JSON document does not have is a value too, and has nothing") {
  auto document = read_json(R"({"a": [1], "t": "text"})");
  REQUIRE(document);
  JsonValue root = document->root();
  CHECK(root["b"].kind() == Kind::none);
  CHECK(root["b"]["c"].first().next()["d"].kind() == Kind::none);
  CHECK(root["b"].text().empty());
  CHECK(root["b"].written().empty());
  CHECK_FALSE(root["b"].integer());
  CHECK_FALSE(root["b"].is_true());
  CHECK(root["a"]["0"].kind() == Kind::none);     // an array has no keys
  CHECK(root["t"].first().kind() == Kind::none);  // a text has no items
  CHECK(root["a"].text().empty());                // an array is no text
  CHECK(root.first().kind() == Kind::none);       // an object has keys, not items
  CHECK(root.next().kind() == Kind::none);
}

TEST_CASE("of a JSON key that is there twice the last counts") {
  auto document = read_json(R"({"a": {"b": 1}, "c": 2, "a": 3})");
  REQUIRE(document);
  CHECK(document->root()["a"].integer() == 3);
}

TEST_CASE("escapes in JSON texts are resolved") {
  CHECK(text_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(text_of(R"("A\u0041\u00e9\u20AC")") == "AA\u00e9\u20ac");
  CHECK(text_of(R"("\ud83d\ude00!")") == "\U0001f600!");
  CHECK(text_of(R"("\u0000")") == std::string(1, '\0'));
  CHECK(text_of("\"\x7f\"") == "\x7f");
  CHECK(text_of(R"("\ud83d")") == "\ufffd");
  CHECK(text_of(R"("\ude00\ud83d")") == "\ufffd\ufffd");
  CHECK(text_of(R"("\ud83d\u0041")") ==
        "\ufffd"
        "A");
  CHECK(text_of(R"("\ud83d\ud83d\ude00")") == "\ufffd\U0001f600");
}

TEST_CASE("a key of a JSON object is found however it is escaped") {
  auto document = read_json(R"({"\u006eame": 1})");
  REQUIRE(document);
  CHECK(document->root()["name"].integer() == 1);
}

TEST_CASE("only whole JSON numbers of 63 bits are integers") {
  CHECK(integer_of("0") == 0);
  CHECK(integer_of("-0") == 0);
  CHECK(integer_of("9223372036854775807") == INT64_MAX);
  CHECK(integer_of("-9223372036854775807") == -INT64_MAX);
  CHECK_FALSE(integer_of("9223372036854775808"));
  CHECK_FALSE(integer_of("1.0"));
  CHECK_FALSE(integer_of("1e2"));
  CHECK_FALSE(integer_of("\"1\""));
}

TEST_CASE("what is not JSON is refused") {
  for (const char* text : {"",
                           " ",
                           "[",
                           "]",
                           "{",
                           "}",
                           "[1",
                           "[1,",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "[1}",
                           "{]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\":1 \"b\":2}",
                           "{a:1}",
                           "{1:2}",
                           "{\"a\":1]",
                           "1 2",
                           "[] []",
                           "nul",
                           "nulll",
                           "True",
                           "'a'",
                           "\"",
                           "\"a",
                           "\"\\",
                           "\"\\\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\t\"",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "01",
                           "-",
                           "-a",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "1e+",
                           "0x1",
                           "NaN",
                           "Infinity",
                           "1,",
                           "\xef\xbb\xbf[]",
                           "[\v1]",
                           "//\n1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_accepted(text));
  }
  CHECK_FALSE(is_accepted(std::string("1\0", 2)));
  CHECK_FALSE(is_accepted(std::string("\"\0\"", 3)));
  CHECK_FALSE(is_accepted(std::string("\"\\\0\"", 4)));
}

TEST_CASE("JSON that is nested too deep is refused") {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(is_accepted(nested(JsonDocument::kDeepest)));
  CHECK_FALSE(is_accepted(nested(JsonDocument::kDeepest + 1)));
  CHECK_FALSE(is_accepted(nested(1'000'000)));
}

TEST_CASE("JSON with too many values is refused") {
  auto many = [](std::size_t count) {
    std::string text = "[0";
    for (std::size_t i = 1; i < count; ++i) text += ",0";
    return text + "]";
  };
  CHECK(is_accepted(many(JsonDocument::kMostValues - 1)));
  CHECK_FALSE(is_accepted(many(JsonDocument::kMostValues)));
}

}  // namespace onit
