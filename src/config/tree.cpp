#include "config/tree.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/text.hpp"

namespace onit::tree {

Memory::~Memory() {
  while (blocks_) {
    Block* next = blocks_->next;
    ::operator delete(blocks_);
    blocks_ = next;
  }
}

void* Memory::allocate(std::size_t size) {
  constexpr std::size_t kBlockBytes = 16 * 1024;
  size = (size + alignof(Node) - 1) & ~(alignof(Node) - 1);
  used_ += size;
  if (is_full()) return nullptr;
  if (size > left_) {
    left_ = std::max(size, kBlockBytes);
    auto* block = static_cast<Block*>(::operator new(sizeof(Block) + left_));
    block->next = blocks_;
    blocks_ = block;
    free_ = reinterpret_cast<char*>(block + 1);
  }
  left_ -= size;
  return std::exchange(free_, free_ + size);
}

std::string_view Memory::text_of_parts(const char* pattern, PartKinds kinds, ...) {
  std::va_list parts;
  va_start(parts, kinds);
  Text text{*this};
  text.append(pattern, kinds, parts);
  va_end(parts);
  return text.view();
}

std::string_view Memory::number(std::int64_t value) { return copy(std::to_string(value)); }

void Text::add(std::string_view text) {
  if (text.empty()) return;
  if (text.size() > capacity_ - size_) {
    std::size_t capacity = std::max(capacity_ * 2, size_ + text.size());
    auto* data = static_cast<char*>(memory_->allocate(capacity));
    if (!data) return;
    if (size_ > 0) std::memcpy(data, data_, size_);
    data_ = data;
    capacity_ = capacity;
  }
  std::memcpy(data_ + size_, text.data(), text.size());
  size_ += text.size();
}

void Text::append(const char* pattern, PartKinds kinds, std::va_list parts) {
  std::string text;
  append_parts(text, pattern, kinds, parts);
  add(text);
}

void Text::add_parts(const char* pattern, PartKinds kinds, ...) {
  std::va_list parts;
  va_start(parts, kinds);
  append(pattern, kinds, parts);
  va_end(parts);
}

Node* find(const Node* mapping, std::string_view key) {
  if (!is(mapping, Kind::mapping)) return nullptr;
  for (Node* entry = mapping->first; entry; entry = entry->next->next) {
    if (entry->text == key) return entry->next;
  }
  return nullptr;
}

std::string_view text_of(const Node* node) { return node ? node->text : std::string_view{}; }

std::string_view text_at(const Node* mapping, const char* key) { return text_of(find(mapping, key)); }

bool says(const Node* mapping, const char* key, const char* text) { return text_at(mapping, key) == text; }

bool is_null(const Node* node) {
  if (!is(node, Kind::scalar) || !node->is_plain) return false;
  return node->text.empty() || is_one_of("~|null|Null|NULL", node->text);
}

bool Tree::fail(toml::Position at, std::string_view text) {
  if (problem.text.empty()) problem = {at, std::string{text}};
  return false;
}

Node* Tree::add(Kind kind, toml::Position at) {
  void* place = count++ < kMostNodes ? memory.allocate(sizeof(Node)) : nullptr;
  if (!place) {
    fail(at, "this document is too large");
    return nullptr;
  }
  Node* node = new (place) Node;
  node->kind = kind;
  node->at = at;
  return node;
}

/// The weight and height of a list follow from what it has.
bool Tree::append(List& to, Node* node) {
  if (!node || !to.owner) return false;
  Node& owner = *to.owner;
  owner.weight += node->weight;
  owner.height = std::max(owner.height, static_cast<std::uint8_t>(node->height + 1));
  if (owner.weight > kMostNodes) return fail(node->at, "this document is too large, with what its aliases stand for");
  if (owner.height > kDeepest) return fail(node->at, "this nests too deep");
  (to.last ? to.last->next : owner.first) = node;
  to.last = node;
  return true;
}

bool Tree::append(List& to, Node* key, Node* value) {
  if (!key || !value) return false;
  if (find(to.owner, key->text)) return fail(key->at, filled("the key % is there already", quoted(key->text)));
  if (++to.keys > kMostKeys) return fail(key->at, "a mapping with too many keys");
  return append(to, key) && append(to, value);
}

}  // namespace onit::tree
