#include "config/yaml.hpp"

#include <algorithm>
#include <new>

#include "base/text.hpp"
#include "config/yaml_scanner.hpp"

namespace onit {
namespace {

using namespace std::string_view_literals;

using tree::kDeepest;
using tree::Kind;
using tree::List;
using tree::Node;

constexpr char kMergeKey[] = "<<";

/// Each function that returns a node returns null if there is a problem.
class Parser {
 public:
  Parser(std::string_view text, tree::Tree& tree) : tree_(tree), in_(text, tree) {}

  void run();

 private:
  struct Anchor {
    std::string_view name;  // in the text
    Node* node;             // null: what it names is not complete
    Anchor* before;
  };
  /// Where a value stands: in a block at `column`, -1 for the document itself.
  struct Block {
    int column;
    bool is_mapping;
  };

  Node* value(Block in);
  Node* block_node(Block in, bool can_open);
  Node* content(Block in, bool can_open);
  Node* sequence(int column);
  Node* mapping(int column, Node* key);
  Node* key();
  Node* scalar(int indent, bool in_flow);
  Node* alias();
  Node* flow_node();
  Node* flow_content();
  Node* flow_sequence();
  Node* flow_mapping();
  bool open_anchor(Anchor*& anchor);

  bool belongs(Block in) const;
  bool is_dash() const { return in_.peek() == '-' && in_.is_space(1); }
  bool goes_on(int column, bool& does);

  bool merge(List& to, Node* from);
  bool merge_all(List& to);
  Node* copy(const Node* node, toml::Position at);
  void set_text(Node* node);
  Node* refuse(toml::Position at, std::string_view text) {
    tree_.fail(at, text);
    return nullptr;
  }
  Node* refuse(const char* text) { return refuse(in_.position(), text); }

  tree::Tree& tree_;
  YamlScanner in_;
  Anchor* anchors_ = nullptr;  // the last one
  int anchor_count_ = 0;
  int depth_ = 0;
};

/// The same value in another list: what it has is shared.
Node* Parser::copy(const Node* node, toml::Position at) {
  Node* made = tree_.add(node->kind, at);
  if (!made) return nullptr;
  *made = *node;
  made->at = at;
  made->next = nullptr;
  return made;
}

/// Adds those entries of another mapping whose keys are not there.
bool Parser::merge(List& to, Node* from) {
  if (from->kind != Kind::mapping) return tree_.fail(from->at, "'<<' takes mappings");
  for (Node* key = from->first; key; key = key->next->next) {
    bool is_there = find(to.owner, key->text) != nullptr;
    if (!is_there && !tree_.append(to, copy(key, from->at), copy(key->next, from->at))) return false;
  }
  return true;
}

/// Takes `<<` out of a mapping, and puts in what it stands for.
bool Parser::merge_all(List& to) {
  Node* before = nullptr;
  Node* key = to.owner->first;
  while (key && !(key->is_plain && key->text == kMergeKey)) {
    before = key->next;
    key = before->next;
  }
  if (!key) return true;
  Node* merged = key->next;
  (before ? before->next : to.owner->first) = merged->next;
  if (to.last == merged) to.last = before;
  if (merged->kind != Kind::sequence) return merge(to, merged);
  for (Node* item = merged->first; item; item = item->next) {
    if (!merge(to, item)) return false;
  }
  return true;
}

/// `&NAME`, if it is there. What it names is open until its end: an alias inside of it would have no end.
bool Parser::open_anchor(Anchor*& anchor) {
  anchor = nullptr;
  if (in_.peek() != '&') return true;
  in_.skip();
  std::string_view name = in_.word();
  bool is_ended = in_.is_space(0) || is_flow_indicator(in_.peek());
  if (name.empty() || !is_ended) return in_.fail("an anchor is '&' and letters, digits, '_', '-' and '.'");
  // Names are compared with each other.
  void* place = ++anchor_count_ <= tree::kMostKeys ? tree_.memory.allocate(sizeof(Anchor)) : nullptr;
  if (!place) return in_.fail("too many anchors");
  anchor = anchors_ = new (place) Anchor{name, nullptr, anchors_};
  if (!in_.skip_to_content()) return false;
  return in_.peek() != '*' || in_.fail("an alias has no anchor of its own");
}

/// Long texts weigh more, for aliases repeat them too.
void Parser::set_text(Node* node) {
  node->text = tree_.memory.copy(in_.text());
  node->weight += static_cast<std::uint32_t>(node->text.size() / 64);
}

Node* Parser::alias() {
  toml::Position at = in_.position();
  in_.skip();
  std::string_view name = in_.word();
  const Anchor* anchor = anchors_;
  while (anchor && anchor->name != name) anchor = anchor->before;
  if (!anchor) return refuse(at, filled("there is no anchor '&%' above", name));
  if (!anchor->node) return refuse(at, "an alias inside of what it stands for");
  return copy(anchor->node, at);
}

Node* Parser::scalar(int indent, bool in_flow) {
  char c = in_.peek();
  Node* id = tree_.add(Kind::scalar, in_.position());
  if (!id) return nullptr;
  bool is_quoted = c == '"' || c == '\'';
  if (is_quoted) {
    if (!in_.quoted(indent)) return nullptr;
  } else {
    bool is_open = c == '-' || (!in_flow && (c == '?' || c == ':'));
    bool can_start = is_open ? !in_.is_space(1) && !(in_flow && is_flow_indicator(in_.peek(1)))
                             : std::string_view{"?:,[]{}#&*!|>%@`"}.find(c) == std::string_view::npos;
    if (!can_start || in_.at_end()) return refuse("a value belongs here; texts that begin with a sign take quotes");
    if (!in_.plain(indent, in_flow)) return nullptr;
  }
  id->is_plain = !is_quoted;
  set_text(id);
  return id;
}

/// Whether what is here belongs to a value of the block. A sequence may stand right below the key that it belongs to.
bool Parser::belongs(Block in) const {
  if (in_.is_over()) return false;
  return in_.column() > in.column || (in.is_mapping && in_.column() == in.column && is_dash());
}

/// What is behind `KEY:` or `-`.
Node* Parser::value(Block in) {
  int line = in_.line();
  if (!in_.skip_to_content()) return nullptr;
  return block_node(in, line != in_.line() || !in.is_mapping);
}

/// `can_open`: a sequence or mapping in block style can begin here.
Node* Parser::block_node(Block in, bool can_open) {
  Anchor* anchor = nullptr;
  if (in_.peek() == '&' && belongs(in)) {
    int line = in_.line();
    if (!open_anchor(anchor)) return nullptr;
    can_open = line != in_.line();
  }
  if (depth_ == kDeepest) return refuse("this nests too deep");
  ++depth_;
  Node* node = content(in, can_open);
  --depth_;
  if (anchor) anchor->node = node;
  return node;
}

Node* Parser::content(Block in, bool can_open) {
  toml::Position at = in_.position();
  if (!belongs(in)) {
    Node* null = tree_.add(Kind::scalar, at);
    if (null) null->is_plain = true;
    return null;
  }
  char c = in_.peek();
  int column = in_.column();
  int line = in_.line();
  if (is_dash()) return can_open ? sequence(column) : refuse("a sequence cannot begin here; put it on the next line");
  if (c == '?' && in_.is_space(1)) return refuse("'?' in front of a key is not read here");
  if (c == '!') return refuse("tags, such as '!reset', are not read here");
  if (c == '|' || c == '>') {
    Node* id = tree_.add(Kind::scalar, at);
    if (!id || !in_.block(in.column)) return nullptr;
    set_text(id);
    return id;
  }
  bool is_flow = c == '[' || c == '{';
  Node* node = is_flow ? flow_content() : c == '*' ? alias() : scalar(in.column, false);
  if (!node || in_.line() != line) return node;
  in_.skip_blanks();
  if (in_.peek() != ':') return node;
  if (is_flow || c == '*') return refuse("a key has to be a text here");
  if (!can_open) return refuse("a mapping cannot begin here; put it on the next line, or the text in quotes");
  return mapping(column, node);
}

/// Whether another entry of a block at `column` follows. False if something is wrong.
bool Parser::goes_on(int column, bool& does) {
  if (!in_.skip_to_content()) return false;
  does = !in_.is_over() && in_.column() >= column;
  if (in_.is_over()) return true;
  if (!in_.is_first_on_line()) return in_.fail("this cannot follow on the same line; does a text need quotes?");
  if (in_.column() > column) return in_.fail("this is indented deeper than what is above it");
  return true;
}

Node* Parser::sequence(int column) {
  List items{tree_.add(Kind::sequence, in_.position())};
  bool does = items.owner != nullptr;
  while (does && is_dash()) {
    in_.skip();
    if (!tree_.append(items, value({column, false})) || !goes_on(column, does)) return nullptr;
  }
  return items.owner;
}

/// A key of a block, up to its ':'.
Node* Parser::key() {
  toml::Position at = in_.position();
  int line = in_.line();
  Node* key = scalar(in_.column(), false);
  if (!key) return nullptr;
  in_.skip_blanks();
  bool is_key = in_.line() == line && in_.peek() == ':' && in_.is_space(1);
  if (!is_key) tree_.fail(at, "a key belongs here, with ':' and a blank behind it");
  return is_key ? key : nullptr;
}

/// `key` has been read, and its ':' is next.
Node* Parser::mapping(int column, Node* key) {
  if (!in_.is_space(1)) return refuse("a blank belongs behind ':'");
  List entries{tree_.add(Kind::mapping, key->at)};
  if (!entries.owner) return nullptr;
  for (bool does = true; does;) {
    in_.skip();
    if (!tree_.append(entries, key, value({column, true})) || !goes_on(column, does)) return nullptr;
    if (!does) break;
    key = this->key();
    if (!key) return nullptr;
  }
  return merge_all(entries) ? entries.owner : nullptr;
}

Node* Parser::flow_node() {
  if (depth_ == kDeepest) return refuse("this nests too deep");
  Anchor* anchor = nullptr;
  if (!open_anchor(anchor)) return nullptr;
  ++depth_;
  Node* node = flow_content();
  --depth_;
  if (anchor) anchor->node = node;
  return node && in_.skip_to_content() ? node : nullptr;
}

Node* Parser::flow_content() {
  char c = in_.peek();
  if (c == '[') return flow_sequence();
  if (c == '{') return flow_mapping();
  return c == '*' ? alias() : scalar(-1, true);
}

Node* Parser::flow_sequence() {
  List items{tree_.add(Kind::sequence, in_.position())};
  if (!items.owner) return nullptr;
  do {
    in_.skip();
    if (!in_.skip_to_content()) return nullptr;
    if (in_.peek() == ']') break;
    if (!tree_.append(items, flow_node())) return nullptr;
  } while (in_.peek() == ',');
  if (in_.peek() != ']') return refuse("',' or ']' belongs here");
  in_.skip();
  return items.owner;
}

Node* Parser::flow_mapping() {
  List entries{tree_.add(Kind::mapping, in_.position())};
  if (!entries.owner) return nullptr;
  do {
    in_.skip();
    if (!in_.skip_to_content()) return nullptr;
    if (in_.peek() == '}') break;
    int line = in_.line();
    Node* key = scalar(-1, true);
    if (!key || !in_.skip_to_content()) return nullptr;
    bool has_value = in_.peek() == ':';
    if (has_value && line != in_.line()) return refuse("a key and its ':' belong on one line");
    if (has_value) in_.skip();
    if (!in_.skip_to_content()) return nullptr;
    has_value = has_value && in_.peek() != ',' && in_.peek() != '}';
    Node* value = has_value ? flow_node() : tree_.add(Kind::scalar, in_.position());
    if (value && !has_value) value->is_plain = true;
    if (!tree_.append(entries, key, value)) return nullptr;
  } while (in_.peek() == ',');
  if (in_.peek() != '}') return refuse("',' or '}' belongs here");
  in_.skip();
  return merge_all(entries) ? entries.owner : nullptr;
}

void Parser::run() {
  if (!in_.skip_to_content()) return;
  while (in_.peek() == '%' && in_.column() == 0) {
    in_.skip();
    bool is_version = in_.word() == "YAML"sv;
    if (!is_version) in_.fail("only the directive %YAML is read here");
    in_.skip_line();
    if (!is_version || !in_.skip_to_content()) return;
    if (!in_.is_marker() && in_.peek() != '%') in_.fail("'---' belongs behind a directive");
  }
  int line = in_.line();
  if (in_.is_marker() && in_.peek() == '-') {
    in_.skip(3);
    if (!in_.skip_to_content()) return;
  } else {
    line = 0;
  }
  Node* root = block_node({-1, false}, line != in_.line());
  if (!root || !in_.skip_to_content()) return;
  if (in_.is_marker() && in_.peek() == '.') {
    in_.skip(3);
    if (!in_.skip_to_content()) return;
  }
  if (in_.is_marker()) {
    in_.fail("a second document; there can be one in a file");
  } else if (!in_.at_end()) {
    in_.fail("this does not belong to what is above it");
  }
  if (tree_.problem.text.empty()) tree_.root = root;
}

}  // namespace

void parse_yaml(std::string_view text, tree::Tree& tree) { Parser(text, tree).run(); }

}  // namespace onit
