#include <algorithm>

#include "base/capability_name.hpp"
#include "base/limit_name.hpp"
#include "base/text.hpp"
#include "base/value.hpp"
#include "config/env_file.hpp"
#include "config/import_output.hpp"
#include "config/import_words.hpp"
#include "config/yaml.hpp"

namespace onit {
namespace {

using namespace std::string_view_literals;

using tree::Kind;
using tree::Node;

constexpr char kNoLimit[] = "0   # no limit, as with Docker";
/// Why a number of replicas stays with the reader.
constexpr char kOnce[] = "a service runs once; write it again for each more";
constexpr char kPlaceholder[] =
    "[\"false\"]   # that of the image belongs here: docker inspect -f '{{json .Config}}' IMAGE";

/// A value in flow style; it may be cut.
void add_flow(tree::Text& text, const Node* value) {
  constexpr std::size_t kEnough = 400;
  bool is_mapping = is(value, Kind::mapping);
  if (!is_mapping && !is(value, Kind::sequence)) return text.add(text_of(value));
  text.add(is_mapping ? '{' : '[');
  for (const Node* item = value->first; item && text.view().size() < kEnough; item = item->next) {
    if (item != value->first) text.add(", ");
    add_flow(text, item);
    if (!is_mapping) continue;
    item = item->next;
    text.add(": ");
    add_flow(text, item);
  }
  text.add(is_mapping ? '}' : ']');
}

/// Converts one service after the other. Each function converts one key.
class Converter {
 public:
  Converter(ImportOutput& out, Node* services) : out_(out), memory_(out.memory()), services_(services) {}

  /// Finds those whose end others wait for: they are oneshots.
  void find_awaited();
  void convert_service(Node* name);

 private:
  void convert(std::string_view key, Node* value);
  void convert_command();
  void convert_dependencies(Node* value);
  const char* condition_for(std::string_view name, Node* target, Node* dependency);
  void convert_environment(Node* value);
  void convert_env_files(Node* value);
  void convert_health(Node* value);
  void convert_restart(std::string_view word, std::string_view how);
  void convert_deploy(Node* value);
  void convert_limits(Node* value);
  void convert_capabilities();

  std::string_view flow(const Node* value);
  WordList texts_of(const Node* value);
  WordList words_of(Node* value);
  bool has_health(Node* service);

  ImportOutput& out_;
  tree::Memory& memory_;
  Node* services_;
  Node* from_ = nullptr;  ///< the service
  bool is_oneshot_ = false;
  bool is_limited_ = false;  ///< how often it is started again, also if the number is the default here
};

std::string_view Converter::flow(const Node* value) {
  if (is(value, Kind::scalar)) return value->text;
  tree::Text text{memory_};
  add_flow(text, value);
  return text.view();
}

/// A scalar or a mapping as one text, or the items of a sequence.
WordList Converter::texts_of(const Node* value) {
  WordList texts{memory_};
  bool is_list = is(value, Kind::sequence);
  if (value && !is_list) texts.add(flow(value));
  for (const Node* item = is_list ? value->first : nullptr; item; item = item->next) texts.add(flow(item));
  return texts;
}

/// A command. A text is split into words, and no shell runs. Source: Compose specification, "command".
WordList Converter::words_of(Node* value) {
  if (!is(value, Kind::scalar)) return texts_of(value);
  WordList words{memory_};
  if (!is_null(value) && !split_text(value->text, words)) out_.fail(value->at, "a quote is not closed");
  return words;
}

void Converter::find_awaited() {
  for (Node* name = services_->first; name; name = name->next->next) {
    Node* wanted = find(name->next, "depends_on"sv);
    if (!is(wanted, Kind::mapping)) continue;
    for (Node* other = wanted->first; other; other = other->next->next) {
      bool is_end = says(other->next, "condition", "service_completed_successfully");
      Node* target = is_end ? find(services_, other->text) : nullptr;
      if (target) target->is_marked = true;
    }
  }
}

void Converter::convert_command() {
  WordList words = words_of(find(from_, "entrypoint"sv));
  for (std::string_view word : words_of(find(from_, "command"sv))) words.add(word);
  bool is_there = words.size() > 0 && !words[0].empty();
  is_there ? out_.set_command(words) : out_.set("command", kPlaceholder);
}

/// Whether a service is healthy at some time. What its image says is not known.
bool Converter::has_health(Node* service) {
  Node* health = find(service, "healthcheck"sv);
  WordList test = texts_of(find(health, "test"sv));
  return test.size() > 0 && test[0] != "NONE"sv && !says(health, "disable", "true") && !service->is_marked;
}

/// What is waited for, as a value of TOML. A problem if it is not known.
const char* Converter::condition_for(std::string_view name, Node* target, Node* dependency) {
  std::string_view written = text_at(dependency, "condition");
  std::string_view key = memory_.filled("depends_on %", name);
  for (const char* other : {"required", "restart"}) {
    Node* value = find(dependency, other);
    if (value) out_.note(key, memory_.filled("% = %", other, flow(value)), "no counterpart");
  }
  if (written == "service_completed_successfully"sv) return "\"completed\"";
  if (written == "service_healthy"sv) {
    if (has_health(target)) return "\"healthy\"";
    out_.note(key, written, "it has no test here; give it a 'ready', and wait for \"ready\"");
  } else if (!written.empty() && written != "service_started"sv) {
    out_.fail(dependency->at, "depends_on: % is unknown", written);
  }
  return "\"started\"";
}

void Converter::convert_dependencies(Node* value) {
  bool is_mapping = is(value, Kind::mapping);
  bool is_usual = true;
  WordList names{memory_};
  WordList conditions{memory_};
  for (Node* name = value->first; name; name = name->next) {
    Node* dependency = is_mapping ? name->next : nullptr;
    Node* target = find(services_, name->text);
    if (!target) return out_.fail(name->at, "depends_on: there is no service %", name->text);
    names.add(imported_name(memory_, name->text));
    std::string_view condition = condition_for(name->text, target, dependency);
    conditions.add(condition);
    is_usual = is_usual && condition == (target->is_marked ? "\"completed\"" : "\"started\"");
    if (is_mapping) name = dependency;
  }
  if (is_usual && names.size() > 0) return out_.set("depends_on", toml_array(names));
  for (std::size_t i = 0; i < names.size(); ++i) out_.add("depends_on", toml_key(memory_, names[i]), conditions[i]);
}

void Converter::convert_environment(Node* value) {
  bool is_mapping = is(value, Kind::mapping);
  std::size_t count = 0;
  for (Node* item = value->first; item; item = item->next) {
    std::string_view name = item->text;
    std::size_t equals = is_mapping ? name.npos : name.find('=');
    Node* content = is_mapping ? item->next : item;
    bool is_set = is_mapping ? !is_null(content) : equals != name.npos;
    std::string_view text = is_mapping ? content->text : name.substr(is_set ? equals + 1 : 0);
    name = name.substr(0, equals);
    if (!is_variable_name(name) || ++count > kMaxVariables || content->first) {
      return out_.fail(item->at, "environment: % is no variable that can be set", name);
    }
    if (is_set) out_.add("environment", toml_key(memory_, name), toml_text(memory_, text));
    if (!is_set) out_.note("environment"sv, name, "what onit itself has in its environment, each service has");
    item = content;
  }
}

void Converter::convert_env_files(Node* value) {
  WordList files{memory_};
  if (is(value, Kind::scalar)) files.add(value->text);
  for (Node* item = value->first; item; item = item->next) {
    files.add(flow(is(item, Kind::scalar) ? item : find(item, "path"sv)));
    if (!says(item, "required", "false")) continue;
    out_.note("env_file"sv, *(files.end() - 1), "required = false has no counterpart: it has to be there");
  }
  out_.take_list("env_file", "env_file", files);
}

void Converter::convert_health(Node* value) {
  constexpr std::string_view kFail = "|| exit 1";
  if (!has_health(from_)) {
    return out_.note("healthcheck"sv, flow(value),
                     is_oneshot_ ? "a oneshot has a timeout in its place" : "there is nothing to run in it");
  }
  const Node* test = find(value, "test"sv);
  WordList words = texts_of(test);
  bool is_text = is(test, Kind::scalar);
  bool is_script = is_text || words[0] == "CMD-SHELL"sv;
  WordList command{memory_};
  if (is_script) {
    command.add("/bin/sh");
    command.add("-c");
  }
  for (std::size_t i = is_text ? 0 : 1; i < words.size(); ++i) command.add(words[i]);
  std::string_view script = command.size() == 3 && is_script ? command[2] : std::string_view{};
  while (script.ends_with(' ')) script.remove_suffix(1);
  if (script.ends_with(kFail)) script.remove_suffix(kFail.size());
  WordList plain{memory_};
  bool is_plain = !script.empty() && split_plain_text(script, plain);
  out_.add("healthcheck", "exec"sv, toml_array(is_plain ? plain : command));
  for (Node* key = value->first; key; key = key->next->next) {
    if (!is_one_of("test|disable", key->text))
      out_.take_entry(Section::healthcheck, key->text, key->text, flow(key->next));
  }
}

/// `how`: a word of `restart`, or of the condition of a restart_policy.
void Converter::convert_restart(std::string_view word, std::string_view how) {
  std::size_t colon = std::min(how.find(':'), how.size());
  std::string_view count = how.substr(colon);
  how.remove_suffix(count.size());
  if (is_one_of("no|none|false", how)) return out_.leave_out(word);
  bool is_always = is_one_of("always|unless-stopped|any", how);
  if (!is_always && how != "on-failure"sv) return out_.note(word, how, "this is nothing that 'restart' can be");
  if (is_always && is_oneshot_) out_.note(word, how, "others wait for its end, so it ends when it has succeeded");
  out_.set("restart", is_always && !is_oneshot_ ? "\"always\"" : "\"on-failure\"");
  is_limited_ = count.size() > 1 && out_.take("max_restarts", word, count.substr(1));
}

void Converter::convert_deploy(Node* value) {
  for (Node* key = value->first; key; key = key->next->next) {
    Node* inner = key->next;
    if (key->text == "restart_policy"sv && !find(from_, "restart"sv)) {
      std::string_view condition = text_at(inner, "condition");
      convert_restart("restart_policy", condition.empty() ? "any" : condition);
      for (Node* part = condition != "none"sv ? inner->first : nullptr; part; part = part->next->next) {
        std::string_view name = part->text;
        const char* ours = name == "delay"sv ? "restart_delay" : name == "window"sv ? "restart_window" : "max_restarts";
        bool is_taken = name != "condition"sv && out_.take(ours, name, flow(part->next));
        is_limited_ = is_limited_ || (is_taken && name == "max_attempts"sv);
      }
    } else if (key->text == "resources"sv) {
      for (Node* part = first_of(find(inner, "limits"sv)); part; part = part->next->next) {
        std::string_view name = part->text;
        const char* ours = name == "cpus"sv ? "cpu_max" : name == "memory"sv ? "memory_max" : "pids_max";
        out_.take_entry(Section::cgroup, ours, name, flow(part->next));
      }
      if (find(inner, "reservations"sv)) out_.leave_outside("deploy.resources.reservations"sv);
    } else if (key->text == "replicas"sv && flow(inner) != "1"sv) {
      out_.note("deploy.replicas"sv, flow(inner), kOnce);
    } else {
      out_.leave_outside(memory_.filled("deploy.%", key->text));
    }
  }
}

void Converter::convert_limits(Node* value) {
  for (Node* key = value->first; key; key = key->next->next) {
    Node* limit = key->next;
    std::string_view text = flow(limit);
    if (is(limit, Kind::mapping)) text = memory_.filled("%:%", text_at(limit, "soft"), text_at(limit, "hard"));
    if (!parse_limit_name(key->text) || !limit_value(text).ok()) {
      out_.note("ulimits"sv, memory_.filled("% = %", key->text, text), "no such limit is known here");
      continue;
    }
    bool is_number = text.find_first_not_of("0123456789") == text.npos && text[0] != '0';
    out_.add("ulimits", key->text, is_number ? text : toml_text(memory_, text));
  }
}

/// Only if all others are dropped it is known which are kept.
void Converter::convert_capabilities() {
  WordList added = texts_of(find(from_, "cap_add"sv));
  WordList dropped = texts_of(find(from_, "cap_drop"sv));
  bool is_known = dropped.size() == 1 && is_one_of("ALL|all", dropped[0]);
  for (std::string_view name : added) is_known = is_known && parse_capability(name);
  if (is_known) return out_.take_list("capabilities", "cap_drop", added);
  if (dropped.size() > 0) out_.convert(Tool::compose, "cap_drop", dropped);
  if (added.size() > 0) out_.note("cap_add"sv, joined(added), "the container has to have them");
}

void Converter::convert(std::string_view key, Node* value) {
  constexpr struct {
    char key[13];
    void (Converter::*convert)(Node*);
  } kTables[] = {
      {"depends_on", &Converter::convert_dependencies}, {"environment", &Converter::convert_environment},
      {"healthcheck", &Converter::convert_health},      {"deploy", &Converter::convert_deploy},
      {"ulimits", &Converter::convert_limits},
  };
  for (const auto& table : kTables) {
    if (key != table.key || is_null(value)) continue;
    if (is(value, Kind::scalar)) return out_.fail(value->at, "% is a text here", key);
    return (this->*table.convert)(value);
  }
  if (is_one_of("command|entrypoint", key) || (key == "cap_add"sv && find(from_, "cap_drop"sv))) return;
  if (is_one_of("cap_add|cap_drop", key)) return convert_capabilities();
  if (key == "env_file"sv) return convert_env_files(value);
  if (key == "restart"sv) return convert_restart(key, flow(value));
  if (is_one_of("image|build", key)) return out_.note(key, flow(value), "");
  if (key == "scale"sv && flow(value) != "1"sv) return out_.note(key, flow(value), kOnce);
  WordList values = texts_of(value);
  std::string_view first = values.size() == 0 ? std::string_view{} : values[0];
  bool is_off = values.size() == 1 && first == "false"sv;
  if (key == "init"sv || is_off || is_null(value)) return out_.leave_out(key);
  bool is_no_new_privs = key == "security_opt"sv && values.size() == 1 && first.starts_with("no-new-privileges"sv);
  if (is_no_new_privs && !first.ends_with("false"sv)) return out_.set("no_new_privs", "true"sv);
  out_.convert(Tool::compose, key, values);
}

void Converter::convert_service(Node* name) {
  from_ = name->next;
  is_oneshot_ = from_->is_marked;
  is_limited_ = false;
  if (!is(from_, Kind::mapping)) return out_.fail(name->at, "% is no mapping", name->text);
  out_.begin(name->at, name->text);
  if (is_oneshot_) out_.set("type", "\"oneshot\""sv);
  convert_command();
  for (Node* key = from_->first; key; key = key->next->next) convert(key->text, key->next);
  const Node* grace = find(from_, "stop_grace_period"sv);
  if (!grace || is_null(grace)) out_.set("stop_grace_period", kForeignGrace);
  if (out_.has("restart") && !is_limited_) out_.set("max_restarts", kNoLimit);
}

}  // namespace

void import_compose(const Import& in) {
  parse_yaml(in.text, in.tree);
  Node* root = in.tree.root;
  if (!root) return;
  ImportOutput& out = in.out;
  Node* services = find(root, "services"sv);
  if (!is(services, Kind::mapping) || !services->first) return out.fail(root->at, "there are no services: in it");
  out.tell("One image has to have what the images of all services have. If they have an ENTRYPOINT, it stands in");
  out.tell("front of 'command'. They share one network: what was reached as db:5432 is 127.0.0.1:5432 now.");
  WordList outside{out.memory()};
  for (const Node* key = root->first; key; key = key->next->next) {
    bool is_include = key->text == "include"sv;
    if (is_include) out.tell("include: import these files too.");
    if (!is_include && key->text != "services"sv) outside.add(key->text);
  }
  std::string_view list = one_line(out.memory(), joined(outside));
  if (!list.empty()) out.tell("Of the container, not of what runs in it: %.", list);
  Converter converter{out, services};
  converter.find_awaited();
  for (Node* name = services->first; name && !out.memory().is_full(); name = name->next->next) {
    converter.convert_service(name);
  }
}

}  // namespace onit
