#include "documents/documents.hpp"

#include "base/signal.hpp"
#include "cli/personality.hpp"
#include "core/import_format.hpp"
#include "documents/reference.hpp"

namespace onit {

std::vector<DocumentFile> all_documents() {
  return {
      {"docs/services-reference.md", services_reference()},
      {"man/onitctl.1", onitctl_page()},
      {"man/onit.toml.5", onit_toml_page()},
      {"completions/onit.bash", bash_for_onit()},
      {"completions/onitctl.bash", bash_for_onitctl()},
      {"completions/_onit", zsh_for_onit()},
      {"completions/_onitctl", zsh_for_onitctl()},
      {"completions/onit.fish", fish_for_onit()},
      {"completions/onitctl.fish", fish_for_onitctl()},
  };
}

Hint hint_of(std::string_view option, std::string_view argument) {
  if (option == "as") return Hint::tool;
  if (option == "format") return Hint::format;
  if (option == "profile") return Hint::profile;
  if (argument.find('|') != argument.npos) return Hint::choice;
  if (argument == "FILE" || argument == "PATH") return Hint::file;
  if (argument == "DIR") return Hint::directory;
  return argument == "SIG" ? Hint::signal : Hint::nothing;
}

std::vector<std::string> choices_of(std::string_view text) {
  std::vector<std::string> words;
  for_each_word(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

std::vector<std::string> signal_names() {
  // SIGSTKFLT and SIGUNUSED are nobody's; what is above is real-time.
  constexpr int kLastNamed = 31;
  constexpr int kStackFault = 16;
  std::vector<std::string> names;
  for (int signal = 1; signal <= kLastNamed; ++signal) {
    if (signal != kStackFault) names.emplace_back(SignalName(signal).view().substr(3));
  }
  return names;
}

std::vector<std::string> tool_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; personality_name(i) != nullptr; ++i) names.emplace_back(personality_name(i));
  return names;
}

std::vector<std::string> import_formats() { return {std::begin(kImportFormats) + 1, std::end(kImportFormats)}; }

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : separator).append(word);
  return text;
}

std::string shell_quoted(std::string_view text) { return "'" + replaced(std::string{text}, "'", "'\\''") + "'"; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

}  // namespace onit
