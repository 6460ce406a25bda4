#include <algorithm>
#include <cstring>

#include "cli/onitctl_table.hpp"
#include "cli/option_table.hpp"
#include "documents/documents.hpp"
#include "documents/reference.hpp"

namespace onit {
namespace {

/// Of the last change of these pages that readers would notice.
constexpr char kDate[] = "2026-11-22";

/// Text as roff has it: a '-' that can be copied, no escapes, and no requests.
std::string roff(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    bool begins_line = escaped.empty() || escaped.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if (c == '\'') {
      escaped += "\\(aq";
    } else if (c == '`') {
      escaped += "\\(ga";
    } else if (c == '^') {
      escaped += "\\(ha";
    } else if (c == '~') {
      escaped += "\\(ti";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

/// Markdown's `code`, **bold** and **`both`** become bold.
std::string roff_of_markdown(std::string_view markdown) {
  std::string text = replaced(replaced(std::string{markdown}, "**`", "`"), "`**", "`");
  std::string page;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t begin = std::min({text.find('`', at), text.find("**", at), text.size()});
    page += roff(std::string_view{text}.substr(at, begin - at));
    if (begin == text.size()) break;
    std::string mark = text[begin] == '`' ? "`" : "**";
    std::size_t end = std::min(text.find(mark, begin + mark.size()), text.size());
    std::size_t inner = begin + mark.size();
    page += "\\fB" + roff(std::string_view{text}.substr(inner, end - inner)) + "\\fP";
    at = std::min(end + mark.size(), text.size());
  }
  return page;
}

/// `onit 0.1.0`, from the line of --version.
std::string version() {
  std::string line = version_text();
  return line.substr(0, line.find(" - "));
}

std::string title(const char* name, const char* section, const char* manual) {
  return std::string{".\\\" Written by tools/documents; `make documents` writes it anew.\n.TH "} + name + " " +
         section + " " + kDate + " \"" + version() + "\" \"" + manual + "\"\n";
}

std::string capitalized(std::string_view text) {
  std::string sentence{text};
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') {
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  }
  return sentence + ".\n";
}

/// `\fB-n\fP, \fB--lines\fP \fIN\fP`
std::string option_heading(const VerbOption& option) {
  std::string text;
  if (option.short_name != '\0') text += std::string{"\\fB\\-"} + option.short_name + "\\fP, ";
  text += "\\fB\\-\\-" + roff(option.name) + "\\fP";
  if (!option.argument.empty()) text += " \\fI" + roff(option.argument) + "\\fP";
  return text;
}

/// The words of a verb: what stands for something in italics, the rest in bold.
std::string operands(const Verb& verb) {
  std::string text;
  std::string word;
  auto end_word = [&] {
    bool is_literal = !word.empty() && word[0] >= 'a' && word[0] <= 'z';
    if (!word.empty()) text += (is_literal ? "\\fB" : "\\fI") + roff(word) + "\\fP";
    word.clear();
  };
  for (char c : std::string_view{verb.operands}) {
    bool is_of_word = std::strchr("[]|. ", c) == nullptr;
    if (is_of_word) word += c;
    if (!is_of_word) end_word();
    if (!is_of_word) text += c;
  }
  end_word();
  return text;
}

void append_verb(std::string& page, const Verb& verb) {
  page += ".TP\n.B " + std::string{verb.name} + "\n";
  std::string rest;
  for (const VerbOption& option : verb_option_table()) {
    bool is_common =
        option.id == VerbOptionId::help || option.id == VerbOptionId::socket || option.id == VerbOptionId::timeout;
    if (!is_common && has_option(verb, option.id)) rest += "[" + option_heading(option) + "] ";
  }
  rest += operands(verb);
  while (rest.ends_with(' ')) rest.pop_back();
  if (!rest.empty())
    page.replace(page.rfind(".B "), std::string::npos, "\\fB" + std::string{verb.name} + "\\fP " + rest + "\n");
  page += roff(capitalized(verb.summary));
  if (!verb.details.empty()) page += roff(verb.details) + "\n";
}

/// Text in lines of at most 80 bytes, as mandoc(1) likes it; headings of lists and examples stay on one.
std::string folded(std::string_view page) {
  constexpr std::size_t kWidth = 80;
  std::string text;
  bool is_fixed = false;
  for (std::string_view before; !page.empty();) {
    std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(line.size() + 1);
    if (line == ".EX" || line == ".EE") is_fixed = line == ".EX";
    bool is_text = !is_fixed && !line.starts_with('.') && before != ".TP";
    before = line;
    while (is_text && line.size() > kWidth) {
      std::size_t end = line.rfind(' ', kWidth);
      if (end == line.npos) break;
      text.append(line.substr(0, end)).append("\n");
      line.remove_prefix(end + 1);
      if (line.starts_with('.')) text += "\\&";
    }
    text.append(line).append("\n");
  }
  return text;
}

}  // namespace

std::string onitctl_page() {
  std::string page = title("ONITCTL", "1", "User Commands");
  page +=
      ".SH NAME\nonitctl \\- ask and steer the onit that runs services\n"
      ".SH SYNOPSIS\n.B onitctl\n.I VERB\n.RI [ OPTION ]...\n.RI [ ARG ]...\n"
      ".SH DESCRIPTION\n.B onitctl\n"
      "asks the\n.BR onit (1)\nthat runs services in this container, over its control socket, and prints the answer.\n"
      "Only root and the user that onit runs as are answered.\n"
      "It is a link to the same binary: where there is no link,\n.B onit \\-\\-as onitctl\ndoes the same.\n"
      ".PP\nThe socket speaks HTTP, so any client of it will do:\n.PP\n.in +4n\n.EX\n"
      "curl \\-\\-unix\\-socket /run/onit.sock http://onit/v1/services\n.EE\n.in\n"
      ".SS Verbs\n";
  for (const Verb& verb : verb_table()) append_verb(page, verb);
  page += ".SH OPTIONS\nThey stand behind the verb, before or behind its words; --socket also in front of it.\n";
  for (const VerbOption& option : verb_option_table()) {
    page += ".TP\n" + option_heading(option) + "\n" + roff(capitalized(option.meaning));
  }
  page +=
      ".SH EXIT STATUS\n"
      ".TP\n.B 0\nDone, or true.\n"
      ".TP\n.B 1\nFailed, refused or not true; there is no such service.\n"
      "Or onit has ended what was followed, and goes on.\n"
      "What was wrong is told on standard error.\n"
      ".TP\n.B 124\nThe time of\n.B \\-\\-timeout\nis over.\n"
      ".TP\n.B 125\nA mistake in the command line, no onit answers, or standard output takes nothing.\n"
      "With\n.BR check ,\nsomething is wrong with a file.\n"
      ".PP\n.B health\nhas no other exit status than 0 and 1.\n"
      "With several services each that fails is told, and the highest code counts.\n"
      "If one of them does not exist, nothing is done to the others.\n"
      "What is only shown is asked for in one request, which has room for the names of 200 services or so.\n"
      ".SH ENVIRONMENT\n"
      ".TP\n.B ONIT_SOCKET\nWhere onit listens; services find it in their environment.\n"
      ".TP\n.B NO_COLOR\nIf it is not empty, nothing has colours. Without it they are for terminals only.\n"
      ".TP\n.B XDG_RUNTIME_DIR\nSee below.\n"
      ".SH FILES\n"
      ".TP\n.IR /run/onit.sock \", \" $XDG_RUNTIME_DIR/onit.sock \", \" /tmp/onit.sock\n"
      "Where onit is looked for, in this order, if nothing says where it listens.\n"
      ".SH EXAMPLES\n"
      "In a Dockerfile:\n.PP\n.in +4n\n.EX\nHEALTHCHECK CMD [\"onitctl\", \"health\"]\n.EE\n.in\n"
      ".PP\nFrom outside:\n.PP\n.in +4n\n.EX\n"
      "docker exec app onitctl status\n"
      "docker exec app onitctl restart \\-\\-wait web\n"
      "docker exec app onitctl wait ready db \\-\\-timeout 30s\n"
      "docker exec app onitctl explain web\n.EE\n.in\n"
      ".SH SEE ALSO\n.BR onit (1),\n.BR onit.toml (5)\n";
  return folded(page);
}

std::string onit_toml_page() {
  std::string page = title("ONIT.TOML", "5", "File Formats");
  page +=
      ".SH NAME\nonit.toml \\- a file of services\n"
      ".SH SYNOPSIS\n.B onit \\-f\n.I FILE\n.br\n.B onitctl check\n.I FILE\n"
      ".SH DESCRIPTION\n";
  std::string_view text = kIntroduction;
  for (bool is_first = true; !text.empty(); is_first = false) {
    std::size_t end = std::min(text.find("\n\n"), text.size());
    if (!is_first) page += ".PP\n";
    page += roff_of_markdown(text.substr(0, end));
    if (!page.ends_with('\n')) page += "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  page += ".SH KEYS\n";
  for (Section section : kSections) {
    page += ".SS \"" + std::string{section == Section::top ? "The top level" : section_title(section)} + "\"\n";
    if (section == Section::service_log) page += "The keys of\n.BR [log] ,\nand:\n";
    for (const Key& key : services_keys()) {
      if (key.section != section) continue;
      page += ".TP\n\\fB" + roff(key.name) + "\\fP (" + roff_of_markdown(type_text(key)) + ")\n";
      page += roff(capitalized(key.meaning));
      std::string fallback = default_text(key);
      if (!fallback.empty()) page += "Default: " + roff_of_markdown(fallback) + ".\n";
    }
  }
  page +=
      ".SH EXAMPLES\n.EX\n"
      "[services.db]\ncommand = \"postgres \\-D /data\"\nuser = \"postgres\"\nready = { tcp = \"127.0.0.1:5432\" }\n\n"
      "[services.web]\ncommand = [\"nginx\", \"\\-g\", \"daemon off;\"]\ndepends_on = [\"db\"]\nessential = true\n"
      "restart = \"on\\-failure\"\n.EE\n"
      ".SH SEE ALSO\n.BR onit (1),\n.BR onitctl (1)\n";
  return folded(page);
}

}  // namespace onit
