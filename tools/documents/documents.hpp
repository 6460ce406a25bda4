#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace onit {

/// A file that is made of the tables.
struct DocumentFile {
  const char* path;  ///< in the repository
  std::string text;
};

std::vector<DocumentFile> all_documents();

// man/, for man(1); see man-pages(7) and groff_man(7).
std::string onitctl_page();
std::string onit_toml_page();

// completions/
std::string bash_for_onit();
std::string bash_for_onitctl();
std::string zsh_for_onit();
std::string zsh_for_onitctl();
std::string fish_for_onit();
std::string fish_for_onitctl();

/// What completes a word.
enum class Hint { nothing, choice, file, directory, signal, service, tool, format, profile };

/// What completes the argument of an option that is shown as this, as `--log-format text|json`.
Hint hint_of(std::string_view option, std::string_view argument);

/// The words between '|'.
std::vector<std::string> choices_of(std::string_view text);

/// The signals that people send, by name and without SIG.
std::vector<std::string> signal_names();

/// The tools of --as.
std::vector<std::string> tool_names();

/// What --format of import may be.
std::vector<std::string> import_formats();

/// All of them, with a text in between.
std::string joined(const std::vector<std::string>& words, std::string_view separator);

/// A text for a shell: between single quotes.
std::string shell_quoted(std::string_view text);

/// The same text with one part in place of another, wherever it stands.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace onit
