#include "config/import.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/import_output.hpp"
#include "config/procfile.hpp"

namespace onit {
namespace {

using namespace std::string_view_literals;

/// By the name, else by the first line that tells. Any text with colons could be a Procfile: that is not guessed.
ImportFormat format_of(std::string_view path, std::string_view text) {
  if (is_procfile(path)) return ImportFormat::procfile;
  if (path.ends_with(".yml"sv) || path.ends_with(".yaml"sv)) return ImportFormat::compose;
  if (path.ends_with(".conf"sv) || path.ends_with(".ini"sv)) return ImportFormat::supervisord;
  while (!text.empty()) {
    if (text[0] == '[') return ImportFormat::supervisord;
    if (text.starts_with("services:"sv) || text.starts_with("---"sv)) return ImportFormat::compose;
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return ImportFormat::automatic;
}

}  // namespace

Result<std::string, Complaint> import_services(std::string_view path, std::string_view text, ImportFormat format) {
  if (format == ImportFormat::automatic) format = format_of(path, text);
  if (format == ImportFormat::automatic) {
    return Complaint{
        filled("%: neither its name nor its text tells whose file it is; say it with --format "
               "supervisord, compose or procfile",
               path)};
  }
  tree::Tree tree;
  ImportOutput out{tree.memory, path};
  auto* import = format == ImportFormat::supervisord ? import_supervisord
                 : format == ImportFormat::compose   ? import_compose
                                                     : import_procfile;
  import({text, path, tree, out});
  if (!tree.problem.text.empty()) out.fail_with(tree.problem.at, tree.problem.text);
  // Its end is the end of what there is to do.
  if (out.service_count() == 1) out.set_each("essential", "true");
  bool is_good = out.problems().empty();
  std::string result{is_good ? out.text() : out.problems()};
  if (tree.memory.is_full()) return Complaint{std::string{path}.append(":1:1: what would become of this is too large")};
  if (!is_good) return Complaint{std::move(result)};
  return result;
}

}  // namespace onit
