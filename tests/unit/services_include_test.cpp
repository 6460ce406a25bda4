#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/services_file.hpp"
#include "unit/services_text.hpp"

namespace onit {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("included files follow the one that includes them, relative to it") {
  ServicesSpec spec = ServicesText{{{"etc/s.toml",
                                     "version = 1\ninclude = ['conf.d/b*', './c.toml']\n"
                                     "[services.a]\ncommand='x'\n"},
                                    {"etc/conf.d/b.toml", "include = '../d.toml'\n[services.b]\ncommand='x'\n"},
                                    {"etc/c.toml", "[services.c]\ncommand='x'\n"},
                                    {"etc/conf.d/../d.toml", "[services.d]\ncommand='x'\n"}}}
                          .spec();
  CHECK(names(spec) == Words{"a", "b", "d", "c"});
}

TEST_CASE("problems name their own file, and a service that is there twice both places") {
  ServicesText text{{{"s.toml", "include = ['b.toml']\n[services.a]\ncommand='x'\n"},
                     {"b.toml", "[services.a]\ncommand='x'\n[services.c]\nfoo=1\n"}}};
  CHECK(text.problems() == Words{"b.toml:1:11: service 'a' is there already, at s.toml:2:11",
                                 "b.toml:3:11: service 'c' has no command", "b.toml:4:1: unknown key 'foo'"});
}

TEST_CASE("what concerns everything belongs to the first file") {
  ServicesText text{{{"s.toml", "include = 'b.toml'\n[services.a]\ncommand='x'\n"}, {"b.toml", "[init]\n[log]\n"}}};
  CHECK(text.problems() == Words{"b.toml:1:2: [init] belongs to the first file, s.toml",
                                 "b.toml:2:2: [log] belongs to the first file, s.toml"});
}

TEST_CASE("a file cannot include itself, whatever the way") {
  CHECK(ServicesText{"include = ['./s.toml']\n[services.a]\ncommand='x'\n"}.problem() ==
        "s.toml:1:12: include: 's.toml': it would include itself");
  ServicesText circle{{{"s.toml", "include = 'd/b.toml'\n"},
                       {"d/b.toml", "include = '/c.toml'\n"},
                       {"/c.toml", "include = 'd.toml'\n"},
                       {"/d.toml", "include = '/c.toml'\n"}}};
  CHECK(circle.problem() == "/d.toml:1:11: include: '/c.toml': it would include itself");
}

TEST_CASE("files can include each other only so deep") {
  std::vector<TestFile> files;
  for (int i = 0; i < 12; ++i) files.push_back({std::to_string(i), "include = '" + std::to_string(i + 1) + "'\n"});
  CHECK(ServicesText{files}.problem() == "8:1:11: include: '9': files include each other more than 8 deep");
}

TEST_CASE("there is a limit to how many files are read") {
  std::string again;
  for (int i = 0; i < 300; ++i) again += "'b.toml',";
  ServicesText text{{{"s.toml", "include = [" + again + "]\n[services.a]\ncommand='x'\n"}, {"b.toml", ""}}};
  CHECK(text.problems()[0].ends_with("include: 'b.toml': more than 256 files"));
}

TEST_CASE("there is a limit to what all patterns together look at, and then no more is looked for") {
  std::vector<TestFile> files{{"s.toml", "include = ['c/*', 'd/*', 'e/*', 'f/*']\n[services.a]\ncommand='x'\n"}};
  files.resize(45'000);
  CHECK(ServicesText{files}.problem() ==
        "s.toml:1:26: include: 'e/*': looking for it takes too long; all patterns together may look at 100000 names");
}

TEST_CASE("a file that cannot be read is told") {
  ServicesText missing{{{"s.toml", "include = ['no.toml', 'none/*']\n[services.a]\ncommand='x'\n"}}};
  CHECK(missing.problem() == "s.toml:1:12: include: 'no.toml': No such file or directory");
  ServicesRequest request{
      "none",
      {[](const void*, const std::string&) -> Result<std::string, Complaint> { return Complaint{"Permission denied"}; },
       nullptr, nullptr},
      {find_in_services_environment, nullptr}};
  CHECK(read_services(request).problems == Words{"none: Permission denied"});
}

TEST_CASE("a file has at most a megabyte, and its texts have 16 in all") {
  CHECK(ServicesText{std::string(1024 * 1024 + 1, '#')}.problem() == "s.toml: longer than 1 MiB");
  std::string words;
  for (int i = 0; i < 20'000; ++i) words += "'${LONG}',";
  auto find = [](const void* value, std::string_view) -> std::optional<std::string_view> {
    return *static_cast<const std::string*>(value);
  };
  std::string value(10'000, 'x');
  auto read = [](const void* content, const std::string&) -> Result<std::string, Complaint> {
    return *static_cast<const std::string*>(content);
  };
  std::string file = "[services.a]\ncommand = [" + words + "]\n";
  ServicesRequest request{"s.toml", {read, nullptr, &file}, {find, &value}};
  auto problems = read_services(request).problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].ends_with(": command: all texts together are longer than 16 MiB"));
}

}  // namespace
}  // namespace onit
