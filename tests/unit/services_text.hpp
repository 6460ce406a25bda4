#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/services_file.hpp"

// Files of services for tests: they are texts, and the environment is fixed.

namespace onit {

struct TestFile {
  std::string path;
  std::string text;
};

/// HOST=outside, BLANKS="a b", NUMBER=7, YES=true; nothing else is set.
inline std::optional<std::string_view> find_in_services_environment(const void*, std::string_view name) {
  if (name == "HOST") return "outside";
  if (name == "BLANKS") return "a b";
  if (name == "NUMBER") return "7";
  if (name == "YES") return "true";
  return std::nullopt;
}

/// Reads the first of some files. A pattern `DIR/*` finds all that are in DIR, at the price of a step for each file.
class ServicesText {
 public:
  explicit ServicesText(std::vector<TestFile> files) : files_(std::move(files)) {}
  explicit ServicesText(std::string text) : files_{{"s.toml", std::move(text)}} {}

  ServicesText& with_profiles(std::vector<std::string> profiles) {
    profiles_ = std::move(profiles);
    return *this;
  }
  ServicesText& with_more(std::vector<ServiceSpec> more) {
    more_ = std::move(more);
    return *this;
  }

  ServicesRead read() const {
    ServicesRequest request{files_.empty() ? "" : files_[0].path,
                            {read_file, expand, this, read_file},
                            {find_in_services_environment, nullptr},
                            profiles_,
                            more_};
    return read_services(request);
  }

  /// What a good file says.
  ServicesSpec spec() const {
    ServicesRead result = read();
    for (const std::string& problem : result.problems) FAIL_CHECK(problem);
    return std::move(result.spec);
  }

  std::vector<std::string> problems() const { return read().problems; }
  /// The one problem; an empty text if there is none.
  std::string problem() const {
    auto all = problems();
    CHECK(all.size() <= 1);
    return all.empty() ? std::string{} : all[0];
  }

 private:
  static Result<std::string, Complaint> read_file(const void* self, const std::string& path) {
    for (const TestFile& file : static_cast<const ServicesText*>(self)->files_) {
      if (file.path == path) return file.text;
    }
    return Complaint{"No such file or directory"};
  }

  static std::vector<std::string> expand(const void* self, const std::string& pattern, std::size_t& steps) {
    std::vector<std::string> paths;
    const std::vector<TestFile>& files = static_cast<const ServicesText*>(self)->files_;
    std::string folder = pattern.substr(0, pattern.find('*'));
    std::size_t needed = files.size();
    steps = steps > needed ? steps - needed : 0;
    if (steps == 0) return paths;
    for (const TestFile& file : files) {
      if (file.path.starts_with(folder)) paths.push_back(file.path);
    }
    return paths;
  }

  std::vector<TestFile> files_;
  std::vector<std::string> profiles_;
  std::vector<ServiceSpec> more_;
};

/// The names of its services, in their order.
inline std::vector<std::string> names(const ServicesSpec& spec) {
  std::vector<std::string> names;
  for (const ServiceSpec& service : spec.services) names.push_back(service.name);
  return names;
}

/// A service as the command line has it.
inline ServiceSpec command_line_service(std::string name) {
  ServiceSpec service;
  service.name = std::move(name);
  service.launch.command = {"x"};
  return service;
}

}  // namespace onit
