#include "client/tree.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "client/json_page.hpp"
#include "client/output.hpp"
#include "core/exit_code.hpp"
#include "log/heading.hpp"

namespace onit {
namespace {

using Role = SeenProcess::Role;
constexpr std::uint32_t kNone = SeenProcess::kNone;

/// What is deeper is not drawn further to the right.
constexpr int kDeepestDrawn = 24;

/// So much of a command is shown on the narrowest terminal.
constexpr std::size_t kLeastCommand = 16;

struct StateWord {
  char letter;
  char word[14];
};
constexpr StateWord kStates[] = {{'S', "sleeping"}, {'R', "running"}, {'D', "in the kernel"}, {'T', "stopped"},
                                 {'t', "traced"},   {'Z', "zombie"},  {'I', "idle"}};

const char* state_word(char letter) {
  for (const StateWord& state : kStates) {
    if (state.letter == letter) return state.word;
  }
  return "unknown";
}

/// By Role.
constexpr char kRoles[][10] = {"onit", "main", "member", "orphan", "auxiliary", "outside"};

/// How many columns it takes, one for each character.
std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (char c : text) columns += (c & 0xc0) != 0x80 ? 1 : 0;
  return columns;
}

/// Cuts the text so that it takes no more than so many columns, with an ellipsis.
void fit(std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return;
  while (columns_of(text) >= columns) text.pop_back();
  text += "\u2026";
}

class TreeDrawing {
 public:
  TreeDrawing(const ProcessTree& tree, JsonValue services, const TreeStyle& style)
      : tree_(tree), services_(services), style_(style) {
    for (std::uint32_t i = tree_.processes[0].first; i != kNone; i = tree_.processes[i].next) {
      label_width_ = std::max(label_width_, label_of(tree_.processes[i]).size());
    }
  }

  std::string draw() {
    draw_line(tree_.processes[0], {});
    draw_list(tree_.processes[0].first);
    if (tree_.first_outside != kNone) text_ += "from outside\n";
    draw_list(tree_.first_outside);
    if (tree_.has_unknown && ::geteuid() != 0) {
      text_ += "Only root can tell the services of the processes that have none here.\n";
    }
    if (!tree_.is_complete) text_ += "This is not all: there are too many, or they come too fast.\n";
    return std::move(text_);
  }

 private:
  /// A list of siblings, each with all that is below it.
  void draw_list(std::uint32_t index) {
    while (index != kNone) {
      const SeenProcess* process = &tree_.processes[index];
      draw_line(*process, branch_to(*process));
      index = process->first;
      while (index == kNone) {
        index = process->next;
        if (process->above == kNone || process->above == 0) break;
        process = &tree_.processes[process->above];
      }
    }
  }

  /// The lines that go on from those above to their next siblings, and the one that leads to this process.
  std::string branch_to(const SeenProcess& process) const {
    std::string branch = process.next == kNone ? "\u2514\u2500 " : "\u251c\u2500 ";
    int depth = 0;
    for (std::uint32_t i = process.above; i != kNone && i != 0 && ++depth <= kDeepestDrawn;
         i = tree_.processes[i].above) {
      branch.insert(0, tree_.processes[i].next == kNone ? "   " : "\u2502  ");
    }
    return branch;
  }

  std::string_view label_of(const SeenProcess& process) const {
    return process.service == kNone ? "-" : name_of(service_at(services_, process.service));
  }

  void draw_line(const SeenProcess& process, const std::string& branch) {
    const SeenProcess* above = process.above == kNone ? nullptr : &tree_.processes[process.above];
    bool is_below_onit = process.above == 0;
    text_ += branch;
    std::size_t used = columns_of(branch);
    if (is_below_onit || (above != nullptr && above->service != process.service)) {
      std::string_view label = label_of(process);
      bool has_colour = style_.colour && process.service != kNone;
      add_filled(text_, has_colour ? "%%\x1b[0m" : "%%", has_colour ? service_colour(process.service) : "", label);
      std::size_t width = std::max(is_below_onit ? label_width_ : 0, label.size()) + 2;
      text_.append(width - label.size(), ' ');
      used += width;
    }
    std::string behind;
    add_filled(behind, " (%)", process.pid);
    // onit has just been woken to answer.
    bool is_remarkable = process.state != 'S' && process.state != 'I' && process.role != Role::onit;
    if (is_remarkable) add_filled(behind, " %", state_word(process.state));
    // Its own zombies onit takes away; they are seen only in between.
    if (process.state == 'Z' && above != nullptr && !is_below_onit) {
      std::string_view name = above->command;
      add_filled(behind, ": its parent % (%) does not reap it", name.substr(0, name.find_first_of(" :")), above->pid);
    }
    if (is_below_onit && process.role >= Role::orphan) {
      add_filled(behind, process.role == Role::orphan ? " orphan" : " check or hook");
    }
    std::string command = process.role == Role::onit ? "onit" : process.command;
    used += columns_of(behind);
    if (style_.width != 0) fit(command, std::max(style_.width, used + kLeastCommand) - used);
    add_filled(text_, "%%\n", command, behind);
  }

  const ProcessTree& tree_;
  JsonValue services_;
  TreeStyle style_;
  std::size_t label_width_ = 0;
  std::string text_;
};

}  // namespace

std::string tree_text(const ProcessTree& tree, JsonValue services, const TreeStyle& style) {
  return TreeDrawing(tree, services, style).draw();
}

std::string tree_json(const ProcessTree& tree, JsonValue services) {
  JsonWriter json;
  json.open_object();
  json.key("complete");
  json.boolean(tree.is_complete);
  json.open_array("processes");
  for (const SeenProcess& process : tree.processes) {
    json.open_object();
    json.number("pid", process.pid);
    json.number("parent", process.parent);
    json.text("role", kRoles[static_cast<std::size_t>(process.role)]);
    json.key("service");
    process.service == kNone ? json.null() : json.text(name_of(service_at(services, process.service)));
    json.text("state", state_word(process.state));
    json.text("command", process.command);
    json.close();
  }
  json.close();
  json.close();
  return json.take();
}

int show_tree(const ControlCommand& command, const std::vector<std::string>& places) {
  JsonPage page = ask_for_json(command, places, "/v1/services");
  if (!page.document) return page.exit_code;
  JsonValue services = page.document->root()["services"];
  ProcessTree tree = look_at_processes(services, page.server);
  if (tree.problem != nullptr) {
    tell(tree.problem);
    return kNotSoExitCode;
  }
  if (command.json) return print_page(tree_json(tree, services));
  TreeStyle style{0, wants_colour(environ)};
  if (winsize size{}; ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.width = size.ws_col;
  return print_page(tree_text(tree, services, style));
}

}  // namespace onit
