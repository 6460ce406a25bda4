#include "documents/reference.hpp"

#include "base/panic.hpp"

namespace onit {
namespace {

constexpr char kTitle[] = "# Reference of the file of services\n\n";

}  // namespace

const char kIntroduction[] =
    R"(The file is TOML 1.0. This page lists every key. `onit -f FILE --dry-run` shows the services in the order of their
start, with variables replaced and conditions resolved: type, command, user, working_dir, environment, depends_on, ready,
healthcheck, schedule, restart, essential, log. Files of variables and secrets are not read.

**Text.** `${VAR}`, `${VAR:-fallback}`, `${VAR:?message}` and their like in any text are replaced from onit's own
environment; `$$` stands for `$`. Single quotes do not prevent it. A `$VAR` or `${VAR}` that is not set is
empty; `onitctl check` and onit warn of it, also in each `env_file` that is there when the file is read. Numbers, `true`
and `false` may be written as a text that has a variable in it.

**Commands.** An array is taken as it is. A text is split into words as a shell would, at blanks outside of quotes;
then the variables of each word are replaced, so a value with blanks stays one word, and a `$` in quotes counts all the
same. A fallback with blanks needs quotes: `"${VAR:-a b}"`. No shell runs, unless `shell = true` asks for one: then the
text of `command` and `pre_stop` goes to `/bin/sh -c` unchanged. All of its `$` are the shell's, `$$` too, and it sees
the environment of the service. Without it a text with `&&`, `|`, `>file`, `$(...)` and the like outside of quotes, or
with `NAME=value` in front, is refused, since they would be mere arguments; in an array they are what they are.

**Durations** have units: `250ms`, `10s`, `1m30s`, `2h`; a bare `0` is allowed. **Sizes** are bytes, or have a unit: `kB`,
`MB`, `GB` are powers of 1000, `KiB`, `MiB`, `GiB` of 1024.

**`depends_on`** as an array means for each service: `ready` if it has a `ready`, `completed` if it is a oneshot, else
`started`. As a table it says so itself: `{ migrate = "completed", db = "ready" }`.

**`ready`** has exactly one of `tcp`, `http`, `exec`, `file`, `log`, `notify` and `fd`; **`healthcheck`** one of the first
four. For `log`, `notify` and `fd` the service tells, and only `timeout` counts. A `file` in `log` is the only place for the
output, unless `stdout = true` is beside it. The expression of a `log` is searched for in the first 1024 bytes of each line; it
knows literals, `.`, `[...]` with ranges and classes as `[:digit:]`, `^`, `$` (written `$$`), `*`, `+`, `?`, `{m,n}`, `|`, groups, and `\` before
punctuation (regex(7)), but no back-references and nothing like `\d`.

**`include`** may be in each file, up to 8 deep. A path without wildcards has to exist. Included files have services only;
`[init]` and `[log]` are in the first. All patterns together may look at 100,000 names.
)";

std::string type_text(const Key& key) {
  switch (key.type) {
    case KeyType::boolean:
      return "boolean";
    case KeyType::integer: {
      std::string from = "integer from " + std::to_string(key.minimum);
      return key.maximum > 0 ? from + " to " + std::to_string(key.maximum) : from;
    }
    case KeyType::text:
    case KeyType::any_text:
      return "text";
    case KeyType::choice: {
      std::string words;
      for_each_word(key.choices, [&](std::string_view word) {
        words.append(words.empty() ? "`\"" : ", `\"").append(word).append("\"`");
      });
      return words;
    }
    case KeyType::duration:
      return "duration";
    case KeyType::size:
      return "size";
    case KeyType::cpus:
      return "number, or text";
    case KeyType::octal:
      return "text, octal";
    case KeyType::signal:
      return "signal, name or number";
    case KeyType::account:
      return "text, or integer";
    case KeyType::accounts:
      return "array of text or integers";
    case KeyType::texts:
      return "array of text, or one text";
    case KeyType::command:
      return "command: array or text";
    case KeyType::codes:
      return "array of integers from 0 to 255";
    case KeyType::capabilities:
      return "array of text";
    case KeyType::variables:
    case KeyType::limits:
    case KeyType::section:
      return "table";
    case KeyType::dependencies:
      return "array of text, one text, or table";
    case KeyType::sections:
      return "array of tables";
    case KeyType::services:
      return "table of tables";
  }
  panic("a type of keys without text");
}

std::string default_text(const Key& key) {
  std::string_view text = key.fallback;
  if (has_literal_default(key)) return "`" + std::string{text} + "`";
  return text.empty() ? std::string{} : std::string{text.substr(1, text.size() - 2)};
}

namespace {

/// A cell of a table cannot have a '|' of its own.
void cell(std::string& page, std::string_view text) {
  page += "| ";
  for (char c : text) page.append(c == '|' ? "\\|" : std::string_view{&c, 1});
  page += ' ';
}

void write_section(std::string& page, Section section) {
  page.append("\n## ").append(section == Section::top ? "The top level" : section_title(section)).append("\n\n");
  if (section == Section::service_log) page += "The keys of `[log]`, and:\n\n";
  page += "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : services_keys()) {
    if (key.section != section) continue;
    cell(page, "`" + std::string{key.name} + "`");
    cell(page, type_text(key));
    cell(page, default_text(key));
    cell(page, key.meaning);
    page += "|\n";
  }
}

}  // namespace

std::string services_reference() {
  std::string page = std::string{kTitle} + kIntroduction;
  for (Section section : kSections) write_section(page, section);
  return page;
}

}  // namespace onit
