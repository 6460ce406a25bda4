#include <utility>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "config/env_file.hpp"
#include "config/import_output.hpp"
#include "config/import_words.hpp"
#include "config/ini.hpp"

namespace onit {
namespace {

using namespace std::string_view_literals;

using tree::Node;

/// Who has more processes of one program does not want them in one container.
constexpr std::uint64_t kMostProcesses = 16;
/// So much longer than it is written a value may become.
constexpr std::size_t kMostReplaced = 4096;

// What stands for a '$' and a '`' of the file as long as words are split, where they mean nothing to supervisord. The
// file has no control characters.
constexpr char kDollar = '\x01';
constexpr char kBacktick = '\x02';

/// The keys of [supervisord] that each program inherits.
constexpr char kInherited[][12] = {"environment", "directory", "umask", "user"};

/// Where the output of a program goes.
enum class Output : std::uint8_t { console, nowhere, file };

/// Source: supervisor/datatypes.py, logfile_name().
Output output_of(std::string_view path) {
  if (is_word_of("none|off|/dev/null", path)) return Output::nowhere;
  bool is_console =
      path.empty() || is_word_of("auto|syslog", path) || path.starts_with("/dev/"sv) || path.starts_with("/proc/"sv);
  return is_console ? Output::console : Output::file;
}

/// `program:x`: what is behind the colon.
std::string_view name_behind(std::string_view section) { return section.substr(section.find(':') + 1); }

/// Converts one process of a program.
class Process {
 public:
  /// `name` is the section's key, `common` [supervisord] or nothing.
  Process(ImportOutput& out, const Node* name, const Node* common, std::int64_t number)
      : out_(out), memory_(out.memory()), name_(name), section_(name->next), common_(common) {
    decimals_ = memory_.number(number);
    is_single_ = !find("numprocs") || value("numprocs") == "1"sv;
  }

  void convert();

 private:
  const Node* find(const char* key) const { return tree::find(section_, key); }
  std::string_view value(const char* key);
  std::string_view with_signs(std::string_view text);
  std::string_view raw_value(const Node* entry);
  bool replace(std::string_view name, std::string_view& rest, tree::Text& out);
  void convert(std::string_view key, const Node* entry);
  void convert_command(const Node* entry);
  void convert_environment(const Node* entry);
  void convert_codes(std::string_view value);
  void convert_output();
  bool is_console(std::string_view key);

  ImportOutput& out_;
  tree::Memory& memory_;
  const Node* name_;
  const Node* section_;
  const Node* common_;
  std::string_view decimals_;  ///< its number
  bool is_single_;             ///< the program has one process
};

/// `s` or `02d`, behind `%(NAME)`. False if it is not known.
bool Process::replace(std::string_view name, std::string_view& rest, tree::Text& out) {
  constexpr std::string_view kVariable = "ENV_";
  std::size_t width = 0;
  while (!rest.empty() && is_digit(rest[0]) && width < 10) {
    width = width * 10 + static_cast<std::size_t>(rest[0] - '0');
    rest.remove_prefix(1);
  }
  bool is_known = rest.starts_with('s') || rest.starts_with('d');
  if (!is_known) return false;
  rest.remove_prefix(1);
  if (name.starts_with(kVariable)) {
    out.add("${%}", name.substr(kVariable.size()));
  } else if (is_one_of("program_name|group_name", name)) {
    out.add(name_behind(name_->text));
  } else if (name == "process_num"sv) {
    for (std::size_t i = decimals_.size(); i < width; ++i) out.add('0');
    out.add(decimals_);
  } else if (name == "host_node_name"sv) {
    out.add("${HOSTNAME}");
  } else {
    return false;
  }
  return true;
}

/// The value with its expansions replaced, and kDollar and kBacktick in it. Source: supervisor/options.py, expand().
std::string_view Process::raw_value(const Node* entry) {
  tree::Text out{memory_};
  std::string_view rest = entry->text;
  while (!rest.empty()) {
    char c = rest[0];
    rest.remove_prefix(1);
    bool is_percent = c == '%' && rest.starts_with('%');
    if (is_percent) rest.remove_prefix(1);
    if (c != '%' || is_percent) {
      out.add(c == '$' ? kDollar : c == '`' ? kBacktick : c);
      continue;
    }
    std::size_t end = rest.find(')');
    std::string_view name = rest.starts_with('(') && end != rest.npos ? rest.substr(1, end - 1) : std::string_view{};
    if (!name.empty()) rest.remove_prefix(end + 1);
    bool is_replaced = replace(name, rest, out) && out.view().size() < entry->text.size() + kMostReplaced;
    if (is_replaced) continue;
    out_.fail(entry->at, "the expansion % is not known; a percent sign that stands for itself is doubled", name);
    return {};
  }
  return out.view();
}

std::string_view Process::with_signs(std::string_view text) {
  text = replaced(memory_, text, {&kDollar, 1}, "$$");
  return replaced(memory_, text, {&kBacktick, 1}, "`");
}

/// Empty if it is not there.
std::string_view Process::value(const char* key) {
  const Node* entry = find(key);
  return entry ? with_signs(raw_value(entry)) : std::string_view{};
}

void Process::convert_command(const Node* entry) {
  WordList words{memory_};
  std::string_view raw = raw_value(entry);
  bool is_told = raw.empty() && !entry->text.empty();
  if (is_told) return;
  bool is_split = split_text(raw, words) && words.size() > 0 && !words[0].empty();
  if (!is_split) {
    return out_.fail(entry->at,
                     "command: it is empty, or has a quote that is not closed: ' ;' and ' #' begin a comment");
  }
  for (std::string_view& word : words) word = with_signs(word);
  out_.set_command(words);
}

/// `A="b",C=d`. Source: supervisor/datatypes.py, dict_of_key_value_pairs().
void Process::convert_environment(const Node* entry) {
  constexpr std::string_view kSeparators = " \t\n,";
  std::string_view rest = with_signs(raw_value(entry));
  for (std::size_t count = 0;; ++count) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kSeparators), rest.size()));
    if (rest.empty()) return;
    std::size_t equals = std::min(rest.find('='), rest.size() - 1);
    std::string_view name = rest.substr(0, equals);
    while (name.ends_with(' ')) name.remove_suffix(1);
    rest.remove_prefix(equals + 1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    bool is_quoted = rest.starts_with('"') || rest.starts_with('\'');
    std::size_t end = is_quoted ? rest.find(rest[0], 1) : std::min(rest.find_first_of(kSeparators), rest.size());
    if (end == rest.npos || !is_variable_name(name) || count == kMaxVariables) {
      return out_.fail(entry->at, "environment: it is written as NAME=\"value\",OTHER=\"value\"");
    }
    std::size_t begin = is_quoted ? 1 : 0;
    out_.add("environment", toml_key(memory_, name), toml_text(memory_, rest.substr(begin, end - begin)));
    rest.remove_prefix(end + begin);
  }
}

/// Whether a key of a log says nothing here, for what it is about goes to onit's own stdout and stderr.
bool Process::is_console(std::string_view key) {
  bool is_stdout = key.starts_with("stdout"sv);
  if (!is_stdout && is_yes(value("redirect_stderr"))) return true;
  return output_of(value(is_stdout ? "stdout_logfile" : "stderr_logfile")) == Output::console;
}

void Process::convert_output() {
  std::string_view path = value("stdout_logfile");
  std::string_view errors = is_yes(value("redirect_stderr")) ? path : value("stderr_logfile");
  Output out = output_of(path);
  if (out == Output::file) {
    out_.add("log", "file"sv, toml_text(memory_, path));
    std::string_view size = binary_size(memory_, value("stdout_logfile_maxbytes"));
    if (!size.empty()) out_.add("log", "max_size"sv, size);
    // supervisord does not count the current one.
    auto backups = parse_number(value("stdout_logfile_backups"), 999);
    if (backups) out_.add("log", "max_files"sv, memory_.number(static_cast<std::int64_t>(*backups) + 1));
  }
  bool is_same = out == output_of(errors) && (out != Output::file || path == errors);
  if (is_same && out == Output::nowhere) out_.add("log", "stdout"sv, "false"sv);
  if (is_same) return;
  bool is_hidden = out == Output::nowhere;
  if (is_hidden) out_.note("stdout_logfile"sv, path, "it is seen here; log = { stdout = false } would hide stderr too");
  if (!errors.empty()) out_.note("stderr_logfile"sv, errors, "log is for stdout and stderr together");
}

void Process::convert_codes(std::string_view value) {
  WordList codes{memory_};
  tree::Text list{memory_};
  bool is_good = split_text(replaced(memory_, value, ","sv, " "sv), codes);
  for (std::string_view code : codes) {
    auto number = parse_number(code, 255);
    is_good = is_good && number;
    if (is_good) list.add(list.empty() ? "%" : ", %", *number);
  }
  if (!is_good) return out_.note("exitcodes"sv, value, "exit codes are from 0 to 255");
  if (list.view() == "0"sv) return out_.leave_out("exitcodes"sv);
  out_.set("success_exit_codes", memory_.filled("[%]", list.view()));
}

void Process::convert(std::string_view key, const Node* entry) {
  if (key == "command"sv) return convert_command(entry);
  if (key == "environment"sv) return convert_environment(entry);
  std::string_view value = with_signs(raw_value(entry));
  bool is_never = is_no(this->value("autorestart"));
  if (key == "autorestart"sv) {
    if (is_never) return out_.leave_out(key);
    return out_.set("restart", is_yes(value) ? "\"always\"" : "\"on-failure\"");
  }
  if (key == "startretries"sv && (is_never || value == "0"sv)) {
    return out_.note(key, value, "a restart because of a bad start is one like any other, see restart");
  }
  if (key == "exitcodes"sv) return convert_codes(value);
  bool is_file_key = key.find("_logfile") != key.npos;
  if (is_file_key && (is_console(key) || key.starts_with("stderr_logfile_"sv))) return out_.leave_out(key);
  bool is_number_key = is_one_of("process_name|numprocs_start|numprocs", key);
  if (is_number_key && !is_single_) return;  // they are in the name
  if (key == "startsecs"sv && value == "0"sv && is_never) {
    return out_.note(key, value, "if it does its work and ends, write type = \"oneshot\"");
  }
  bool is_idle = is_number_key || is_one_of("redirect_stderr|stopasgroup|killasgroup", key) ||
                 (key == "startsecs"sv && is_one_of("0|1", value));
  if (is_idle) return out_.leave_out(key);
  if (is_file_key) return;
  WordList values{memory_};
  values.add(value);
  out_.convert(Tool::supervisord, key, values);
}

void Process::convert() {
  std::string_view own = name_behind(name_->text);
  std::string_view process_name = value("process_name");
  if (is_single_ || process_name.empty()) process_name = own;
  if (!is_single_ && process_name == own) process_name = memory_.filled("%_%", own, decimals_);
  out_.begin(name_->at, process_name);
  if (!find("command")) out_.fail(name_->at, "% has no command", name_->text);
  if (!find("autorestart")) out_.set("restart", "\"on-failure\""sv);
  for (const char* key : kInherited) {
    const Node* inherited = tree::find(common_, key);
    // supervisord runs as root anyway, if it says so.
    bool is_said = inherited && !(key == "user"sv && inherited->text == "root"sv);
    bool is_own = key != "environment"sv && find(key);
    if (is_said && !is_own) convert(key, inherited);
  }
  for (const Node* key = section_->first; key; key = key->next->next) convert(key->text, key->next);
  convert_output();
  if (!find("stopwaitsecs")) out_.set("stop_grace_period", kForeignGrace);
  if (!is_single_) out_.note("numprocs"sv, value("numprocs"), "a service for each process");
}

/// The services of a program: one for each process.
void convert_program(ImportOutput& out, const Node* name, const Node* common) {
  auto number = [&](const char* key, std::uint64_t fallback) {
    const Node* entry = find(name->next, key);
    return entry ? parse_number(entry->text, UINT16_MAX).value_or(UINT64_MAX) : fallback;
  };
  std::uint64_t count = number("numprocs", 1);
  std::uint64_t first = number("numprocs_start", 0);
  if (count - 1 >= kMostProcesses || first == UINT64_MAX) {
    return out.fail(name->at, "numprocs and numprocs_start have to be numbers, and there can be at most 16 processes");
  }
  for (std::uint64_t i = 0; i < count && !out.memory().is_full(); ++i)
    Process{out, name, common, static_cast<std::int64_t>(first + i)}.convert();
}

/// Whether a listener ends supervisord when a program has ended: what many containers have in place of a main program.
bool ends_all(const Node* listener) {
  std::string_view command = text_at(listener, "command");
  if (text_at(listener, "events").find("PROCESS_STATE"sv) == command.npos) return false;
  static constexpr char kEnds[][9] = {"kill", "stop", "exit", "quit", "shutdown"};
  for (const char* word : kEnds) {
    if (command.find(word) != command.npos) return true;
  }
  return false;
}

struct OtherSection {
  char name[18];
  bool is_idle;  ///< nobody misses it
  char why[80];
};

constexpr OtherSection kOtherSections[] = {
    {"", false, "no counterpart"},
    {"supervisord", true, "not needed, or with each service"},
    {"unix_http_server", true, "onit has a socket of its own"},
    {"inet_http_server", true, "onit has a socket of its own"},
    {"supervisorctl", true, "not needed"},
    {"rpcinterface:", true, "not needed"},
    {"include", false, "import these files too, and name the results: include = [\"conf.d/*.toml\"]"},
    {"group:", false, "no counterpart; depends_on makes the order"},
};

/// A section that is no program, with its keys.
void tell_section(ImportOutput& out, const Node* name) {
  const OtherSection* other = kOtherSections;
  for (const OtherSection& known : kOtherSections) {
    if (name->text.starts_with(known.name)) other = &known;
  }
  const char* why = other->why;
  if (name->text.starts_with("eventlistener:"sv) && ends_all(name->next)) {
    std::string_view events = text_at(name->next, "events");
    // Who waits for failures alone is not interested in other ends.
    bool is_failure = events.find("EXITED"sv) == events.npos && events.find("FATAL"sv) != events.npos;
    is_failure ? out.set_each("on_give_up", "\"shutdown\"") : out.set_each("essential", "true");
    why = is_failure ? "in its place each service has on_give_up = \"shutdown\""
                     : "in its place each service has essential = true";
  }
  WordList keys{out.memory()};
  for (const Node* key = name->next->first; key; key = key->next->next) keys.add(key->text);
  out.tell("[%]: %", one_line(out.memory(), name->text), why);
  if (other->is_idle && keys.size() > 0) return out.tell("  %", one_line(out.memory(), joined(keys)));
  for (const Node* key = name->next->first; key; key = key->next->next) {
    out.tell("  % = %", one_line(out.memory(), key->text), one_line(out.memory(), key->next->text));
  }
}

}  // namespace

void import_supervisord(const Import& in) {
  parse_ini(in.text, in.tree);
  if (!in.tree.root) return;
  const Node* common = find(in.tree.root, "supervisord"sv);
  for (const Node* name = in.tree.root->first; name; name = name->next->next) {
    bool is_program = name->text.starts_with("program:"sv) || name->text.starts_with("fcgi-program:"sv);
    is_program ? convert_program(in.out, name, common) : tell_section(in.out, name);
  }
  if (in.out.service_count() == 0) in.out.fail({}, "there is no [program:NAME] in it; import what its [include] names");
}

}  // namespace onit
