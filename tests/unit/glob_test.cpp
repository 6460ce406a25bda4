#include "os/glob.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace onit {
namespace {

using Strings = std::vector<std::string>;

/// A directory of its own with empty files; it takes them with it.
class Room {
 public:
  explicit Room(Strings files) : files_(std::move(files)) {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
    for (const char* directory : {"/a", "/b"}) REQUIRE(::mkdir((path_ + directory).c_str(), 0700) == 0);
    for (const std::string& file : files_) {
      int fd = ::open((path_ + "/" + file).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
      REQUIRE(fd >= 0);
      ::close(fd);
    }
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() {
    for (const std::string& file : files_) ::unlink((path_ + "/" + file).c_str());
    for (const char* directory : {"/a", "/b", ""}) ::rmdir((path_ + directory).c_str());
  }

  /// What is found, without the path of the room.
  Strings find(const std::string& pattern) const {
    std::size_t steps = 1000;
    return find(pattern, steps);
  }
  Strings find(const std::string& pattern, std::size_t& steps) const {
    Strings found = glob_paths(path_ + "/" + pattern, steps);
    for (std::string& path : found) path.erase(0, path_.size() + 1);
    return found;
  }

 private:
  std::string path_ = "/tmp/onit-glob-XXXXXX";
  Strings files_;
};

}  // namespace

TEST_CASE("a pattern matches as glob(7) says") {
  struct Case {
    const char* name;
    const char* pattern;
  };
  const Case good[] = {
      {"", ""},          {"", "*"},      {"a", "?"},        {"abc", "abc"}, {"abc", "a*"},
      {"abc", "*c"},     {"abc", "a*c"}, {"abc", "*b*"},    {"abc", "***"}, {"aab", "*ab"},
      {"abcbc", "a*bc"}, {"b", "[abc]"}, {"b", "[a-c]"},    {"]", "[]]"},   {"x", "[!a-c]"},
      {"-", "[a-]"},     {"[", "["},     {"[a", "[a"},      {"*", "\\*"},   {"a.toml", "*.toml"},
      {".a", ".*"},      {"x]", "[x]]"}, {"a-b", "a[-x]b"}, {"\\", "\\"},
  };
  const Case bad[] = {
      {"a", ""},      {"", "?"},       {"abc", "ab"}, {"abc", "b*"}, {"abc", "*b"},
      {"d", "[a-c]"}, {"a", "[!a-c]"}, {"a", "\\*"},  {".a", "*"},   {".a", "?a"},
      {".a", "[.]a"}, {"ab", "a[b"},   {"", "[]"},    {"A", "a"},    {"a.tom", "*.toml"},
  };
  for (const Case& each : good) {
    CAPTURE(std::string{each.name} + " " + each.pattern);
    CHECK(matches_pattern(each.name, each.pattern));
  }
  for (const Case& each : bad) {
    CAPTURE(std::string{each.name} + " " + each.pattern);
    CHECK_FALSE(matches_pattern(each.name, each.pattern));
  }
}

TEST_CASE("a pattern of many stars is decided at once") {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  CHECK_FALSE(matches_pattern(std::string(4000, 'a'), pattern + "b"));
}

TEST_CASE("files are found in order, in each directory that matches") {
  Room room({"2.toml", "10.toml", "1.toml", ".hidden.toml", "note.txt", "a/x.toml", "b/x.toml", "b/[y]"});
  CHECK(room.find("*.toml") == Strings{"1.toml", "10.toml", "2.toml"});
  CHECK(room.find("?/x.toml") == Strings{"a/x.toml", "b/x.toml"});
  CHECK(room.find("[b-z]/*") == Strings{"b/[y]", "b/x.toml"});
  CHECK(room.find("b/\\[y]") == Strings{"b/[y]"});
  CHECK(room.find("note.txt") == Strings{"note.txt"});
  CHECK(room.find("*.yaml").empty());
  CHECK(room.find("missing").empty());
  CHECK(room.find("missing/*").empty());
  CHECK(room.find("note.txt/*").empty());
  std::size_t steps = 1000;
  CHECK(glob_paths("", steps).size() <= 1);
}

TEST_CASE("a pattern that leads everywhere again and again ends when its steps are taken") {
  Room room({"a/x"});
  std::string pattern;
  for (int i = 0; i < 400; ++i) pattern += "*/../";
  std::size_t steps = 100'000;
  CHECK(room.find(pattern + "*", steps).empty());
  CHECK(steps == 0);
  CHECK(room.find("a/x", steps).empty());
  steps = 100'000;
  CHECK(room.find(pattern.substr(0, 15) + "a/x", steps).size() == 8);
  CHECK(steps > 90'000);
}

TEST_CASE("what is longer than any path is not found, however short its pattern") {
  Room room({"a/x"});
  std::string pattern;
  for (int i = 0; i < 400'000; ++i) pattern += "a/../";
  std::size_t steps = 100'000;
  CHECK(room.find(pattern + "*", steps).empty());
  CHECK(steps > 90'000);
}

}  // namespace onit
