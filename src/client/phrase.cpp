#include "client/phrase.hpp"

#include "app/service_words.hpp"

namespace onit {

void add(std::string& text, const char* pattern, std::initializer_list<Filling> parts) {
  const Filling* part = parts.begin();
  for (; *pattern != '\0'; ++pattern) {
    if (*pattern != '%') {
      text += *pattern;
      continue;
    }
    switch (part->kind) {
      case Filling::Kind::literal:
        text += part->text;
        break;
      case Filling::Kind::text:
        text.append(part->text, static_cast<std::size_t>(part->value));
        break;
      case Filling::Kind::number:
        text += std::to_string(part->value);
        break;
      case Filling::Kind::duration:
        text += duration_text(Millis{part->value});
        break;
    }
    ++part;
  }
}

}  // namespace onit
