#include "base/parts.hpp"

#include "base/duration.hpp"

namespace onit {

void append_parts(std::string& text, const char* pattern, PartKinds kinds, std::va_list parts) {
  for (; *pattern != '\0'; ++pattern) {
    if (*pattern != '%') {
      text += *pattern;
      continue;
    }
    switch (static_cast<PartKind>(kinds & 0xF)) {
      case PartKind::none:
        return;
      case PartKind::literal:
        text += va_arg(parts, const char*);
        break;
      case PartKind::view: {
        auto view = va_arg(parts, ViewPart);
        text.append(view.bytes, view.size);
        break;
      }
      case PartKind::quoted:
        text += std::string{va_arg(parts, Quoted)};
        break;
      case PartKind::string:
        text += *va_arg(parts, const std::string*);
        break;
      case PartKind::character:
        text += static_cast<char>(va_arg(parts, int));
        break;
      case PartKind::whole:
        text += std::to_string(va_arg(parts, long));
        break;
      case PartKind::natural:
        text += std::to_string(va_arg(parts, unsigned long));
        break;
      case PartKind::duration:
        text += duration_text(va_arg(parts, Millis));
        break;
    }
    kinds >>= 4;
  }
}

std::string text_of_parts(const char* pattern, PartKinds kinds, ...) {
  std::va_list parts;
  va_start(parts, kinds);
  std::string text;
  append_parts(text, pattern, kinds, parts);
  va_end(parts);
  return text;
}

void add_parts(std::string& text, const char* pattern, PartKinds kinds, ...) {
  std::va_list parts;
  va_start(parts, kinds);
  append_parts(text, pattern, kinds, parts);
  va_end(parts);
}

}  // namespace onit
