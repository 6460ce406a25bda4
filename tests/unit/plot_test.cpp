#include "client/plot.hpp"

#include <cstdlib>
#include <string>

#include "unit/analysis_page.hpp"

namespace onit {
namespace {

std::string plot_of(const std::string& services, const std::string& now = "60000") {
  AnalysedPage page(services, now);
  return plot_text(page.analysis);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a plot has a row for each service, in the order in which they began") {
  std::string plot =
      plot_of(started("late", 500, 600) + "," + started("early", 10, 900) + "," + started("middle", 200, 300));
  std::size_t early = plot.find(">early<"), middle = plot.find(">middle<"), late = plot.find(">late<");
  CHECK(early < middle);
  CHECK(middle < late);
  CHECK(late != std::string::npos);
  CHECK(count_of(plot, "<rect class=\"s\"") == 3);   // one of them in the legend
  CHECK(count_of(plot, "<rect class=\"sc\"") == 2);  // it was ready last
}

TEST_CASE("names in a plot cannot be markup") {
  std::string plot = plot_of(started("<b>&", 10, 20));
  CHECK(has(plot, ">?</text>"));
  CHECK_FALSE(has(plot, "<b>"));
}

TEST_CASE("the axis of a plot ends soon behind the start, however long ago that was") {
  // A later restart does not change it.
  std::string plot = plot_of(service("web", span("starting", 10, 2000) + "," + span("up", 2000, 40'000'000) + "," +
                                                span("starting", 40'000'000) + "," + span("up", 40'000'100)),
                             "86400000");
  CHECK(has(plot, ">2.0 s<"));
  CHECK_FALSE(has(plot, ">3.0 s<"));
  CHECK_FALSE(has(plot, " min<"));
}

TEST_CASE("a service that ends again and again soon behind the start is seen in a plot") {
  std::string plot = plot_of(service("flapping", span("starting", 10, 12) + "," + span("up", 12, 60) + "," +
                                                     span("backing off", 60, 160) + "," + span("starting", 160, 162) +
                                                     "," + span("up", 162, 210) + "," + span("backing off", 210, 410) +
                                                     "," + span("starting", 410, 412) + "," + span("up", 412)));
  CHECK(count_of(plot, "<path class=\"r\"") == 3);  // one of them in the legend
  CHECK(has(plot, ">400 ms<"));
}

TEST_CASE("only a start in which all became ready has the moment of that in its plot") {
  CHECK(has(plot_of(started("web", 10, 250)), ">all ready 250 ms<"));
  std::string bad = service("bad", span("starting", 10, 40) + "," + span("failed", 40));
  std::string plot = plot_of(started("web", 10, 250) + "," + bad);
  CHECK_FALSE(has(plot, "all ready"));
  CHECK(has(plot, "<title>bad: failed</title>"));
  CHECK(has(plot, ">failed</text>"));
}

TEST_CASE("in a plot a line leads from whom a service waited for to its own start") {
  std::string plot = plot_of(started("db", 10, 500) + "," + started("web", 500, 900, need("db")));
  CHECK(count_of(plot, "<path class=\"l\"") == 1);
  CHECK(has(plot, "<title>web: waited 490 ms for db, then 400 ms</title>"));
  CHECK(has(plot, ">Critical chain: db \u2192 web</text>"));
}

TEST_CASE("all that a plot draws is inside of it") {
  std::string services = service("never", span("starting", 500, 900) + "," + span("backing off", 900, 4'000'000'000));
  for (int i = 0; i < 100; ++i) services += "," + started("s" + std::to_string(i), 10 * i, 20 * i + 37);
  std::string plot = plot_of(services, "4000000000");
  for (const char* attribute : {" x=\"", " cx=\"", "H", "=\"M"}) {
    for (std::size_t at = plot.find(attribute); at != std::string::npos; at = plot.find(attribute, at + 1)) {
      long x = std::atol(plot.c_str() + at + std::string(attribute).size());
      CHECK(x >= 0);
      CHECK(x <= 1000);
    }
  }
}

}  // namespace onit
