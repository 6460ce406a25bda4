#include "base/utf8.hpp"
#include "config/import_output.hpp"
#include "config/import_words.hpp"
#include "config/procfile.hpp"

namespace onit {

void import_procfile(const Import& in) {
  ImportOutput& out = in.out;
  tree::Memory& memory = out.memory();
  std::vector<std::string> problems;
  std::vector<ServiceSpec> specs = parse_procfile(in.text, in.path, problems);
  for (const std::string& problem : problems) out.fail_complete(problem);
  for (std::string_view rest = in.text; !rest.empty(); rest.remove_prefix(utf8_length(rest))) {
    if (utf8_length(rest) == 0) return out.fail({}, "this is not UTF-8");
  }
  if (specs.empty()) out.fail({}, "there is no line NAME: COMMAND in it");
  out.tell("The end of one process ends everything, and 'release' comes first, as with foreman and Heroku.");
  const char* port = "\"${PORT:-%}\"";  // of the first that may listen
  for (const ServiceSpec& spec : specs) {
    out.begin({}, memory.copy(spec.name));
    WordList words{memory};
    for (const std::string& word : spec.launch.command) words.add(replaced(memory, word, "$", "$$"));
    out.set_command(words);
    if (!spec.policy.essential) {
      out.set("type", "\"oneshot\"");
      out.set("on_give_up", "\"shutdown\"");
      continue;
    }
    out.set("essential", "true");
    if (!spec.policy.depends_on.empty()) out.set("depends_on", "[\"release\"]");
    tree::Text value{memory};
    value.add(port, spec.launch.environment.back().value);
    port = "\"%\"";
    out.add("environment", "PORT", value.view());
  }
}

}  // namespace onit
