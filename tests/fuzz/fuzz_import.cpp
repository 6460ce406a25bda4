#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/import.hpp"
#include "config/toml.hpp"
#include "fuzz/checks.hpp"

// Any bytes as a file of each of the other tools: it ends, what becomes of it is well-formed TOML with a command for
// each service, or every line that is told begins with the file, and with the place in it unless it is about all.

namespace {

using namespace onit;

void check_result(const std::string& text) {
  toml::Document document = toml::parse(text);
  require(document.problems.empty());
  const toml::Value* services = document.root.find("services");
  require(services != nullptr);
  const auto* table = std::get_if<toml::Table>(&services->content);
  require(table != nullptr && !table->entries.empty());
  for (const toml::Entry& entry : table->entries) {
    const auto* service = std::get_if<toml::Table>(&entry.value.content);
    require(service != nullptr && service->find("command") != nullptr);
  }
}

void check_complaint(std::string_view text) {
  require(!text.empty());
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    std::size_t place = line.find(": ");
    require(line.starts_with("file:") && place != line.npos && place + 2 < line.size());
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  for (ImportFormat format :
       {ImportFormat::automatic, ImportFormat::supervisord, ImportFormat::compose, ImportFormat::procfile}) {
    auto result = import_services("file", text, format);
    result.ok() ? check_result(result.value()) : check_complaint(result.error().text);
  }
  return 0;
}
