#include "cli/onitctl.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/value.hpp"
#include "cli/onitctl_table.hpp"
#include "cli/option_table.hpp"
#include "core/exit_code.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

/// onit keeps far less; a larger number is one too many digits.
constexpr int kMaxLines = 1'000'000;

/// Looks for the next of the words between '|'; empty behind the last.
std::string_view take_choice(std::string_view& choices) {
  std::string_view word = choices.substr(0, choices.find('|'));
  choices.remove_prefix(std::min(word.size() + 1, choices.size()));
  return word;
}

/// Reads one command line, from the left to the right.
class Reading {
 public:
  explicit Reading(const Invocation& invocation) : invocation_(invocation) {}

  Request request();

 private:
  // Each says whether there is no answer yet.
  bool take_options();
  bool take_word(const char* word);
  bool take_verb(std::string_view word);
  bool take_long(const char* word);
  bool take_short(const char* letters);
  bool take_option(const VerbOption& option, const char* value);
  bool take_value(VerbOptionId id, const char* value);
  bool take_format(const char* value);
  bool take_operands();
  bool take_first(const char* word);
  bool take_choice_of(const char* word);

  const VerbOption* find(std::string_view name, char letter) const;
  bool takes(const VerbOption& option) const;
  const char* next_value() { return ++next_ < invocation_.argc ? invocation_.argv[next_] : nullptr; }

  bool mistake(const std::string& what);
  bool unknown(std::string_view written, std::string_view name);

  const Invocation& invocation_;
  int next_ = 1;
  const Verb* verb_ = nullptr;
  bool asks_help_ = false;
  Answer answer_{};
  ControlCommand command_{};
  ImportFormat format_ = ImportFormat::automatic;
  std::vector<const char*> profiles_{};
  std::vector<const char*> words_{};  ///< behind the verb
};

/// What is wrong, with the verb in front. A probe has no other answer than yes and no.
bool Reading::mistake(const std::string& what) {
  bool is_probe = verb_ != nullptr && verb_->id == VerbId::health;
  std::string_view verb = verb_ != nullptr ? std::string_view{verb_->name} : "";
  answer_ = {concat("onitctl: ", verb, verb.empty() ? "" : ": ", what, "\n"), true,
             is_probe ? kNotSoExitCode : kUsageExitCode};
  return false;
}

/// What there is in place of an option that there is not.
bool Reading::unknown(std::string_view written, std::string_view name) {
  std::string what = filled("unknown option %", quoted(written));
  for (const VerbOption& option : verb_option_table()) {
    if (!name.empty() && takes(option) && is_likely_typo(name, option.name)) {
      return mistake(filled("%; did you mean '--%'?", what, option.name));
    }
  }
  std::string_view verb = verb_ != nullptr ? std::string_view{verb_->name} : "";
  return mistake(concat(what, "; 'onitctl ", verb, verb.empty() ? "" : " ", "--help' lists what there is"));
}

bool Reading::takes(const VerbOption& option) const {
  if (verb_ != nullptr) return has_option(*verb_, option.id);
  return option.id == VerbOptionId::socket || option.id == VerbOptionId::help || option.id == VerbOptionId::version;
}

const VerbOption* Reading::find(std::string_view name, char letter) const {
  for (const VerbOption& option : verb_option_table()) {
    bool is_it = letter != '\0' ? option.short_name == letter : name == option.name;
    if (is_it && takes(option)) return &option;
  }
  return nullptr;
}

/// `--name`, `--name value` or `--name=value`.
bool Reading::take_long(const char* word) {
  const char* equals = std::strchr(word, '=');
  std::string_view name{word + 2,
                        equals != nullptr ? static_cast<std::size_t>(equals - word - 2) : std::strlen(word + 2)};
  const VerbOption* option = find(name, '\0');
  if (option == nullptr) return unknown(word, name);
  if (!option->argument.empty()) return take_option(*option, equals != nullptr ? equals + 1 : next_value());
  if (equals != nullptr) return mistake(filled("'--%' takes no value", name));
  return take_option(*option, nullptr);
}

/// `-f`, `-fn 5`, `-n5`.
bool Reading::take_short(const char* letters) {
  for (const char* letter = letters; *letter != '\0'; ++letter) {
    const VerbOption* option = find({}, *letter);
    if (option == nullptr) return unknown(concat("-", *letter), {});
    if (!option->argument.empty()) return take_option(*option, letter[1] != '\0' ? letter + 1 : next_value());
    if (!take_option(*option, nullptr)) return false;
  }
  return true;
}

bool Reading::take_option(const VerbOption& option, const char* value) {
  switch (option.id) {
    case VerbOptionId::json:
      command_.json = true;
      return true;
    case VerbOptionId::watch:
      command_.watch = true;
      return true;
    case VerbOptionId::live:
      command_.live = true;
      return true;
    case VerbOptionId::wait:
      command_.wait = true;
      return true;
    case VerbOptionId::follow:
      command_.follow = true;
      return true;
    case VerbOptionId::timestamps:
      command_.timestamps = true;
      return true;
    case VerbOptionId::help:
      asks_help_ = true;
      return true;
    case VerbOptionId::version:
      answer_ = {version_text(), false, 0};
      return false;
    case VerbOptionId::lines:
    case VerbOptionId::exit_code:
    case VerbOptionId::profile:
    case VerbOptionId::format:
    case VerbOptionId::timeout:
    case VerbOptionId::socket:
      break;
  }
  std::string name = filled("'--%'", option.name);
  if (value == nullptr || *value == '\0') return mistake(filled("% needs a value", name));
  return take_value(option.id, value);
}

bool Reading::take_value(VerbOptionId id, const char* value) {
  if (id == VerbOptionId::socket) command_.socket = value;
  if (id == VerbOptionId::format) return take_format(value);
  if (id == VerbOptionId::profile) profiles_.push_back(value);
  if (id == VerbOptionId::timeout) {
    auto time = duration_value(value);
    if (!time.ok()) return mistake(filled("--timeout '%': %", value, time.error().text));
    command_.timeout = time.value();
  }
  bool is_lines = id == VerbOptionId::lines;
  if (is_lines || id == VerbOptionId::exit_code) {
    auto number = integer_value(value, 0, is_lines ? kMaxLines : 255);
    if (!number.ok()) {
      return mistake(filled("--% '%': %", is_lines ? "lines" : "exit-code", value, number.error().text));
    }
    (is_lines ? command_.lines : command_.exit_code) = number.value();
  }
  return true;
}

bool Reading::take_format(const char* value) {
  for (std::size_t i = 0; i < std::size(kImportFormats); ++i) {
    format_ = static_cast<ImportFormat>(i);
    if (std::strcmp(kImportFormats[i], value) == 0) return true;
  }
  return mistake(filled("--format '%': write supervisord, compose or procfile", value));
}

/// What is wrong, the verbs that there are, and maybe the one that was meant.
bool Reading::take_verb(std::string_view word) {
  for (const Verb& verb : verb_table()) {
    if (word != verb.name) continue;
    verb_ = &verb;
    return true;
  }
  std::string what = filled("% is no verb", quoted(word));
  for (const Verb& verb : verb_table()) {
    if (is_likely_typo(word, verb.name)) return mistake(filled("%; did you mean '%'?", what, verb.name));
  }
  return mistake(filled("%; 'onitctl --help' lists them", what));
}

bool Reading::take_word(const char* word) {
  if (verb_ == nullptr) {
    // As the first word it is what many tools know; none of our verbs is called so.
    if (std::strcmp(word, "help") != 0) return take_verb(word);
    asks_help_ = true;
    return true;
  }
  words_.push_back(word);
  return true;
}

bool Reading::take_options() {
  for (bool has_ended = false; next_ < invocation_.argc; ++next_) {
    const char* word = invocation_.argv[next_];
    bool is_good = true;
    if (has_ended || word[0] != '-' || word[1] == '\0') {
      is_good = take_word(word);
    } else if (word[1] != '-') {
      is_good = take_short(word + 1);
    } else if (word[2] != '\0') {
      is_good = take_long(word);
    } else {
      has_ended = true;
    }
    if (!is_good) return false;
  }
  return true;
}

bool Reading::take_choice_of(const char* word) {
  std::string_view choices = verb_->choices;
  while (!choices.empty()) {
    if (take_choice(choices) == word) {
      command_.word = word;
      return true;
    }
  }
  std::string what = filled("% is none of", quoted(word));
  choices = verb_->choices;
  while (!choices.empty()) what.append(" ").append(take_choice(choices)).append(choices.empty() ? "" : ",");
  return mistake(what);
}

bool Reading::take_first(const char* word) {
  if (verb_->first == FirstOperand::choice) return take_choice_of(word);
  auto number = signal_value(word);
  if (!number.ok()) return mistake(filled("%: %", quoted(word), number.error().text));
  command_.signal = number.value();
  return true;
}

bool Reading::take_operands() {
  if (words_.size() < verb_->fewest || (words_.size() > verb_->most && verb_->most != kAnyNumber)) {
    bool is_few = words_.size() < verb_->fewest;
    std::string what = is_few ? "something is missing" : filled("% is too much", quoted(words_[verb_->most]));
    return mistake(
        concat(what, "; write 'onitctl ", verb_->name, verb_->operands.empty() ? "" : " ", verb_->operands, "'"));
  }
  if (verb_->first == FirstOperand::file) return true;
  bool has_first = verb_->first != FirstOperand::service && !words_.empty();
  if (has_first && !take_first(words_[0])) return false;
  for (std::size_t i = has_first ? 1 : 0; i < words_.size(); ++i) {
    if (!is_service_name(words_[i])) {
      return mistake(filled("% is not the name of a service: it has %", quoted(words_[i]), kServiceNameRule));
    }
    command_.services.push_back(words_[i]);
  }
  return true;
}

Request Reading::request() {
  if (!take_options()) return answer_;
  if (asks_help_) return Answer{verb_ != nullptr ? verb_help_text(*verb_) : onitctl_help_text(), false, 0};
  if (verb_ == nullptr) {
    mistake("no verb; 'onitctl --help' lists them");
    return answer_;
  }
  if (!take_operands()) return answer_;
  if (verb_->id == VerbId::check) return FilesToCheck{std::move(words_), std::move(profiles_)};
  if (verb_->id == VerbId::schema) return SchemaAsked{};
  if (verb_->id == VerbId::import) return FileToImport{words_[0], format_};
  command_.verb = verb_->id;
  return std::move(command_);
}

}  // namespace

Request onitctl_request(const Invocation& invocation) { return Reading{invocation}.request(); }

}  // namespace onit
