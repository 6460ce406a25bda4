#include "base/json_writer.hpp"

#include <doctest/doctest.h>

namespace onit {
namespace {

TEST_CASE("members and items are separated by commas and stand on lines of their own, two blanks further in") {
  JsonWriter json;
  json.open_object();
  json.key("one");
  json.number(-1);
  json.open_array("many");
  json.boolean(true);
  json.null();
  json.open_object();
  json.close();
  json.raw("[]");
  json.close();
  json.open_object("inner");
  json.key("name");
  json.text("value");
  json.close();
  json.open_array("none");
  json.close();
  json.close();
  CHECK(json.take() == R"({
  "one": -1,
  "many": [
    true,
    null,
    {},
    []
  ],
  "inner": {
    "name": "value"
  },
  "none": []
}
)");
}

TEST_CASE("a text is escaped, and a byte that is no UTF-8 is Latin-1") {
  JsonWriter json;
  json.text("a\"b\\c\n\xff\xc3\xa9");
  CHECK(json.take() == "\"a\\\"b\\\\c\\u000a\\u00ff\xc3\xa9\"\n");
}

TEST_CASE("on one line, what is separated is separated by a blank") {
  JsonWriter json(JsonWriter::Layout::one_line);
  json.open_object();
  json.text("a", "b,");
  json.number("n", 1);
  json.boolean("yes", true);
  json.null("no");
  json.open_array("many");
  json.number(1);
  json.open_object();
  json.close();
  json.open_array();
  json.close();
  json.close();
  json.close();
  CHECK(json.take() == R"({"a": "b,", "n": 1, "yes": true, "no": null, "many": [1, {}, []]})"
                       "\n");
}

}  // namespace
}  // namespace onit
