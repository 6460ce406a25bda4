#include "client/analysis.hpp"

#include <string>

#include "client/plot.hpp"
#include "unit/analysis_page.hpp"

namespace onit {
namespace {

std::string chain_of(const std::string& services) {
  AnalysedPage page(services);
  std::string text;
  for (std::uint32_t i = page.analysis.last; i != kNobody; i = page.analysis.services[i].cause) {
    text.append(page.analysis.services[i].name) += ' ';
  }
  return text;
}

std::string summary_of(const std::string& services) { return summary_text(AnalysedPage(services).analysis); }

const std::string kShop =
    started("web", 900, 1300, need("db") + "," + need("migrate", "completed") + "," + need("cache")) + "," +
    started("db", 10, 500) + "," + started("cache", 10, 90) + "," +
    service("migrate", span("waiting", 10, 500) + "," + span("starting", 500, 900) + "," + span("completed", 900),
            need("db"));

}  // namespace

TEST_CASE("the critical chain goes from the last that was ready to whom each had to wait for") {
  CHECK(chain_of(kShop) == "web migrate db ");
  CHECK(critical_chain_text(AnalysedPage(kShop).analysis) ==
        "all 4 services were ready after 1.30 s\n"
        "Behind @ stands when a service was ready, behind + how long that took from its own start.\n\n"
        "web @1.30 s +400 ms\n"
        "\u2514\u2500 migrate @900 ms +400 ms\n"
        "   \u2514\u2500 db @500 ms +490 ms\n");
}

TEST_CASE("blame names those first that took longest, and how long they waited") {
  AnalysedPage page(kShop);
  CHECK(blame_text(page.analysis) ==
        "all 4 services were ready after 1.30 s\n\n"
        "    TOOK    WAITED  SERVICE\n"
        "  490 ms         -  db\n"
        "  400 ms    890 ms  web\n"
        "  400 ms    490 ms  migrate\n"
        "   80 ms         -  cache\n");
}

TEST_CASE("who was ready within a millisecond took 0 ms, who never began has no such time") {
  AnalysedPage page(started("true", 10, 10) + "," +
                    service("late", span("waiting", 10, 20) + "," + span("failed", 20)));
  CHECK(blame_text(page.analysis).ends_with("    0 ms         -  true\n       -     10 ms  late (failed)\n"));
}

TEST_CASE("who did not have to wait has no part in the critical chain of others") {
  // b needs a, but a was ready before b was even wanted.
  std::string late =
      service("b", span("waiting", 300, 320) + "," + span("starting", 320, 700) + "," + span("up", 700), need("a"));
  CHECK(chain_of(started("a", 10, 200) + "," + late) == "b ");
}

TEST_CASE("of those in one millisecond the chain is whole, and ends with the last of them") {
  std::string quick = started("z", 5, 5) + "," + started("a", 5, 5) + "," + started("d", 5, 5, need("c")) + "," +
                      started("c", 5, 5, need("b")) + "," + started("b", 5, 5, need("a"));
  CHECK(chain_of(quick) == "d c b a ");
}

TEST_CASE("a dependency on the start or the end of a service counts from that moment") {
  std::string first = started("a", 100, 5000);
  CHECK(chain_of(first + "," + started("b", 100, 6000, need("a", "started"))) == "b a ");
  // Not when it was ready: that was later than b began.
  CHECK(chain_of(first + "," + started("b", 100, 6000, need("a"))) == "b ");
  std::string ended = service("a", span("down", 0, 10) + "," + span("starting", 10, 400) + "," + span("failed", 400));
  CHECK(chain_of(ended + "," + started("b", 400, 600, need("a", "exited"))) == "b a ");
  CHECK(chain_of(ended + "," + started("b", 400, 600, need("a", "completed"))) == "b ");
}

TEST_CASE("the summary says who is not ready, and what it does") {
  std::string b =
      service("b", span("starting", 10, 20) + "," + span("backing off", 20, 120) + "," + span("starting", 120));
  std::string c = service("c", span("waiting", 10, 20) + "," + span("failed", 20));
  AnalysedPage page(started("a", 10, 250) + "," + b + "," + c);
  CHECK(summary_text(page.analysis) ==
        "1 of 3 services became ready, the last after 250 ms; not b (2 tries, starting), c (failed)");
  CHECK(blame_text(page.analysis) ==
        "1 of 3 services became ready, the last after 250 ms; not b (2 tries, starting), c (failed)\n\n"
        "    TOOK    WAITED  SERVICE\n"
        "    59 s         -  b (2 tries, starting)\n"
        "  240 ms         -  a\n"
        "       -     10 ms  c (failed)\n");
  CHECK(summary_of(b + "," + c) == "0 of 2 services became ready; not b (2 tries, starting), c (failed)");
}

TEST_CASE("what is started on schedule or by hand is no part of the start") {
  std::string others =
      service("cron", span("scheduled", 10, 400) + "," + span("starting", 400, 9000) + "," + span("completed", 9000)) +
      "," + service("hand", span("down", 0, 30'000) + "," + span("starting", 30'000)) + "," + service("never", "");
  AnalysedPage page(started("a", 10, 250) + "," + others);
  CHECK(summary_text(page.analysis) == "1 service was ready after 250 ms");
  CHECK(blame_text(page.analysis).find("cron") == std::string::npos);
  CHECK(chain_of(started("a", 10, 250) + "," + others) == "a ");
  CHECK(summary_of(others) == "no service was to run from the start");
  CHECK(critical_chain_text(AnalysedPage(others).analysis) == "no service was to run from the start\n");
}

TEST_CASE("a page that makes no sense is analysed without harm") {
  // Everybody waits for each other, for nobody, and in strange ways.
  std::string odd =
      service("a",
              span("waiting", -5, 50) + "," + span("starting", 50, 10) +
                  ",{'state': 'dancing'}, {'state': 'up', 'from_ms': 50, 'to_ms': 99999999999999}",
              need("b") + "," + need("a") + "," + need("x") + "," + need("b", "hungry")) +
      "," + service("b", span("waiting", 0) + ",{'state': 'starting', 'from_ms': 50}, 3," + span("up", 50), need("a")) +
      ", 7, {'spans': 'none'}, {'name': '<svg>'}";
  AnalysedPage page(odd);
  CHECK(chain_of(odd) == "a b ");
  CHECK(plot_text(page.analysis).ends_with("</svg>\n"));
  CHECK(blame_text(page.analysis).starts_with("all 2 services"));
  for (const char* text : {"null", "[]", "{}", "{\"services\": 3}"}) {
    auto document = read_json(text);
    REQUIRE(document);
    Analysis analysis = analyse(document->root());
    CHECK(summary_text(analysis) == "no service was to run from the start");
    CHECK(plot_text(analysis).ends_with("</svg>\n"));
  }
}

}  // namespace onit
