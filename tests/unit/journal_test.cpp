#include "app/journal.hpp"

#include <doctest/doctest.h>

#include <string>

namespace onit {
namespace {

TEST_CASE("a journal keeps what it is told, in order, each entry with a number of its own") {
  Journal journal;
  CHECK(journal.first() == 1);
  CHECK(journal.next() == 1);
  CHECK(!journal.find(0));
  journal.add(10, "db", "ready", "db is ready");
  journal.add(20, "", "leaving", "");
  CHECK(journal.next() == 3);
  auto first = journal.find(0);
  REQUIRE(first);
  CHECK(first->number == 1);
  CHECK(first->time_us == 10);
  CHECK(first->service == "db");
  CHECK(first->what == "ready");
  CHECK(first->text == "db is ready");
  auto second = journal.find(2);
  REQUIRE(second);
  CHECK(second->number == 2);
  CHECK(second->service.empty());
  CHECK(second->text.empty());
  CHECK(!journal.find(3));
  auto after_first = journal.after(*first);
  REQUIRE(after_first);
  CHECK(after_first->number == 2);
  CHECK(after_first->what == "leaving");
  CHECK(!journal.after(*second));
}

TEST_CASE("a journal forgets the oldest, never uses more than its bytes, and knows where it begins") {
  Journal journal;
  std::uint64_t count = 0;
  std::string text(100, 'x');
  while (journal.first() == 1) journal.add(++count, "web", "ready", text);
  // Headers included: what was kept until then filled all of it.
  CHECK(count * text.size() < Journal::kMaxBytes);
  CHECK(count * (text.size() + 40) > Journal::kMaxBytes - 1024);
  for (int i = 0; i < 5'000; ++i) {
    journal.add(++count, "web", "ready", text);
    REQUIRE(journal.next() == count + 1);
    auto oldest = journal.find(0);
    REQUIRE(oldest);
    REQUIRE(oldest->number == journal.first());
    REQUIRE(oldest->time_us == oldest->number);
    REQUIRE(journal.find(count)->time_us == count);
    REQUIRE((journal.next() - journal.first()) * text.size() < Journal::kMaxBytes);
  }
}

TEST_CASE("a text that is too long is cut between characters, and drives out no more than its length") {
  Journal journal;
  for (int i = 0; i < 10; ++i) journal.add(1, "a", "b", "short");
  journal.add(2, "a", "b", std::string(1023, 'x') + "\xc3\xa4" + std::string(100'000, 'y'));
  CHECK(journal.first() == 1);
  CHECK(journal.find(11)->text == std::string(1023, 'x'));
}

}  // namespace
}  // namespace onit
