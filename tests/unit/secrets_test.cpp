#include "config/secrets.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "config/env_file.hpp"

namespace onit {
namespace {

/// `name<path`, or nothing.
std::string found(std::string_view entry) {
  auto file = secret_file(entry);
  return file ? std::string{file->name} + "<" + std::string{file->path} : "";
}

std::string value(std::string_view content) {
  auto result = secret_value("KEY", content);
  return result.ok() ? std::string{result.value()} : "error " + result.error().text;
}

}  // namespace

TEST_CASE("K_FILE=path names a secret and its file") {
  CHECK(found("DB_PASSWORD_FILE=/run/secrets/db") == "DB_PASSWORD</run/secrets/db");
  CHECK(found("A_FILE_FILE=x=y") == "A_FILE<x=y");
}

TEST_CASE("other entries name no secret") {
  CHECK(found("") == "");
  CHECK(found("A=_FILE=x") == "");
  CHECK(found("A_FILE") == "");
  CHECK(found("A_file=x") == "");
  CHECK(found("AFILE=x") == "");
  CHECK(found("A_FILES=x") == "");
}

TEST_CASE("files that libraries are known to read themselves are no secrets") {
  for (const char* name : {"SSL_CERT", "NIX_SSL_CERT", "AWS_WEB_IDENTITY_TOKEN", "AWS_CONFIG", "AWS_SHARED_CREDENTIALS",
                           "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AZURE_FEDERATED_TOKEN"}) {
    CAPTURE(name);
    CHECK(found(std::string{name} + "_FILE=/x") == "");
  }
  CHECK(found("MY_SSL_CERT_FILE=/x") == "MY_SSL_CERT</x");
  CHECK(found("AWS_SECRET_ACCESS_KEY_FILE=/x") == "AWS_SECRET_ACCESS_KEY</x");
}

TEST_CASE("an empty path is as if it were not set") { CHECK(found("A_FILE=") == ""); }

TEST_CASE("a secret's name is a variable name") {
  CHECK(found("_FILE=x") == "");
  CHECK(found("1_FILE=x") == "");
  CHECK(found("a b_FILE=x") == "");
}

TEST_CASE("exactly one final newline is dropped") {
  CHECK(value("x\n") == "x");
  CHECK(value("x\r\n") == "x");
  CHECK(value("x\n\n") == "x\n");
  CHECK(value("x\r\n\r\n") == "x\r\n");
  CHECK(value("x\r") == "x\r");
  CHECK(value("x\n ") == "x\n ");
  CHECK(value("x") == "x");
  CHECK(value("\n") == "");
  CHECK(value("") == "");
}

TEST_CASE("a NUL byte in a secret is an error") {
  CHECK(value({"x\0y", 3}) ==
        "error secret 'KEY' has a NUL byte, which no variable can hold: encode it, or pass the file's name");
  CHECK(value({"x\0", 2}).starts_with("error "));
}

TEST_CASE("a secret has at most 128 KiB with its name, = and NUL, as execve takes it") {
  std::string longest(kMaxEntryBytes - std::string_view{"KEY=x"}.size(), 'x');
  CHECK(value(longest) == longest);
  CHECK(value(longest + "\n") == longest);
  CHECK(value(longest + "x") ==
        "error secret 'KEY' is longer than 128 KiB, the limit of execve(2): pass the file's name instead");
}

}  // namespace onit
