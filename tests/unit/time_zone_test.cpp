#include "os/time_zone.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/text.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// The time in UTC.
WallTime utc(int year, int month, int day, int hour, int minute, int second = 0) {
  std::chrono::sys_days date{std::chrono::year{year} / month / day};
  return date + hours{hour} + minutes{minute} + seconds{second};
}

TimeZone zone(const char* name) {
  auto loaded = load_time_zone(name);
  REQUIRE_MESSAGE(loaded.ok(), loaded.error().text);
  return loaded.value();
}

std::string complaint(std::string_view name) {
  auto loaded = load_time_zone(name);
  return loaded.ok() ? "none" : loaded.error().text;
}

std::string zone_file() {
  auto content = read_file("/usr/share/zoneinfo/Europe/Berlin", 64 * 1024);
  REQUIRE(content.ok());
  return content.value();
}

}  // namespace

TEST_CASE("a zone knows how far its clocks are ahead of UTC, to the second of a change") {
  TimeZone berlin = zone("Europe/Berlin");
  CHECK(berlin.offset_at(utc(2026, 1, 1, 0, 0)) == hours{1});
  CHECK(berlin.offset_at(utc(2026, 3, 29, 0, 59, 59)) == hours{1});
  CHECK(berlin.offset_at(utc(2026, 3, 29, 1, 0)) == hours{2});
  CHECK(berlin.offset_at(utc(2026, 10, 25, 0, 59, 59)) == hours{2});
  CHECK(berlin.offset_at(utc(2026, 10, 25, 1, 0)) == hours{1});
  CHECK(zone("America/New_York").offset_at(utc(2026, 7, 1, 0, 0)) == -hours{4});
  CHECK(zone("Asia/Kolkata").offset_at(utc(2026, 7, 1, 0, 0)) == minutes{330});
  CHECK(zone("Etc/GMT+5").offset_at(utc(2026, 7, 1, 0, 0)) == -hours{5});
}

TEST_CASE("a zone knows the far future by its rule, and the past") {
  TimeZone berlin = zone("Europe/Berlin");
  CHECK(berlin.offset_at(utc(2090, 7, 1, 0, 0)) == hours{2});
  CHECK(berlin.offset_at(utc(2090, 12, 1, 0, 0)) == hours{1});
  CHECK(berlin.offset_at(utc(1970, 7, 1, 0, 0)) == hours{1});
  CHECK(berlin.next_change(utc(2026, 1, 1, 0, 0))->at == utc(2026, 3, 29, 1, 0));
  CHECK(berlin.next_change(utc(2026, 3, 29, 1, 0))->at == utc(2026, 10, 25, 1, 0));
  CHECK_FALSE(berlin.next_change(utc(2101, 1, 1, 0, 0)));
}

TEST_CASE("zones do not get into each other's way, nor into the environment's") {
  char** before = environ;
  TimeZone berlin = zone("Europe/Berlin");
  TimeZone tokyo = zone("Asia/Tokyo");
  TimeZone berlin_again = zone("Europe/Berlin");
  CHECK(environ == before);
  CHECK(berlin.offset_at(utc(2026, 7, 1, 0, 0)) == hours{2});
  CHECK(tokyo.offset_at(utc(2026, 7, 1, 0, 0)) == hours{9});
  CHECK(berlin_again.offset_at(utc(2026, 7, 1, 0, 0)) == hours{2});
}

TEST_CASE("UTC needs no database") {
  for (const char* name : {"", "UTC"}) {
    CHECK(zone(name).offset_at(utc(2026, 7, 1, 0, 0)) == seconds{0});
    CHECK_FALSE(zone(name).next_change(utc(1970, 1, 1, 0, 0)));
  }
}

TEST_CASE("a zone that is none is an error, not UTC") {
  CHECK(complaint("Europe/Atlantis") == "no time zone is called 'Europe/Atlantis'");
  CHECK(complaint("Europe/Berlin/Mitte") == "no time zone is called 'Europe/Berlin/Mitte'");
  CHECK(complaint("Europe") == "time zone 'Europe': /usr/share/zoneinfo/Europe cannot be read as one");
  CHECK(complaint("tzdata-zi").starts_with("no time zone"));
}

TEST_CASE("a name that leads out of the database is refused") {
  for (const char* name : {"/etc/localtime", "../../etc/passwd", "Europe/../Europe/Berlin", ":Europe/Berlin", "A B"}) {
    CAPTURE(name);
    CHECK(complaint(name).ends_with(" is no name of a time zone, such as Europe/Berlin"));
  }
  CHECK(complaint(std::string(101, 'x')).ends_with(" is no name of a time zone, such as Europe/Berlin"));
}

TEST_CASE("a zone file is sound as it is, and not when it is cut anywhere") {
  std::string file = zone_file();
  CHECK(parse_zone_file(file));
  for (std::size_t length = 0; length < file.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(parse_zone_file(file.substr(0, length)));
  }
}

TEST_CASE("a zone file is not sound if it points beyond its end") {
  std::string file = zone_file();
  std::size_t second = file.find("TZif", 4);
  REQUIRE(second != std::string::npos);
  for (std::size_t count = 0; count < 6; ++count) {
    CAPTURE(count);
    std::string damaged = file;
    damaged[second + 20 + 4 * count] = '\x7f';
    CHECK_FALSE(parse_zone_file(damaged));
  }
  std::size_t transitions = static_cast<unsigned char>(file[second + 35]);
  std::size_t indexes = second + 44 + transitions * 8;
  std::string damaged = file;
  damaged[indexes] = '\x7f';
  CHECK_FALSE(parse_zone_file(damaged));
}

TEST_CASE("a rule for the future with numbers out of all bounds is not sound") {
  std::string file = zone_file();
  auto with_rule = [&file](const std::string& rule) {
    return parse_zone_file(file.substr(0, file.rfind('\n', file.size() - 2) + 1) + rule + "\n");
  };
  CHECK(with_rule("CET-1CEST,M3.5.0,M10.5.0/3"));
  CHECK(with_rule("<+0330>-3:30"));
  CHECK(with_rule("EST5EDT,J60/-2,J300"));
  CHECK(with_rule(""));
  CHECK_FALSE(with_rule("CET-1CEST,M13.5.0,M10.5.0/3"));
  CHECK_FALSE(with_rule("CET-1CEST,M0.5.0,M10.5.0/3"));
  CHECK_FALSE(with_rule("CET-1CEST,M"));
  CHECK_FALSE(with_rule("CET-1CEST,J9999,M10.5.0/3"));
  CHECK_FALSE(with_rule("CET-1CEST,M3.6.0,M10.5.0/3"));
  CHECK_FALSE(with_rule("CET-1CEST,M3.5.0"));
  CHECK_FALSE(with_rule("CET-1CEST,M3.5.0,M10.5.0/3,"));
  CHECK_FALSE(with_rule("EST5EDT,J0,J300"));
  CHECK_FALSE(with_rule("<+0330-3:30"));
  CHECK_FALSE(with_rule(std::string(200, 'x')));
}

TEST_CASE("a rule means what it means to the C library") {
  const std::string header = "TZif2" + std::string(15, '\0');
  const std::string counts{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1", 24};  // one type, one byte of names
  const std::string block = header + counts + std::string(6 + 1, '\0');
  for (const char* rule :
       {"UTC0", "<-03>3", "CET-1CEST,M3.5.0,M10.5.0/3", "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "IST-2IDT,M3.4.4/26,M10.5.0", "EST5EDT,J60/-2,J300", "EST5EDT,59,300/2:30",
        "XXX3YYY1:15:30,J59/24,J365/0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"}) {
    CAPTURE(std::string{rule});
    auto parsed = parse_zone_file(concat(block, block, "\n", rule, "\n"));
    REQUIRE(parsed);
    REQUIRE(::setenv("TZ", rule, 1) == 0);
    ::tzset();
    int different = 0;
    for (WallTime time = utc(1971, 1, 1, 0, 0); time < utc(2099, 1, 1, 0, 0); time += hours{7}) {
      time_t then = time.time_since_epoch().count();
      tm fields{};
      REQUIRE(::localtime_r(&then, &fields) != nullptr);
      if (parsed->offset_at(time) != seconds{fields.tm_gmtoff}) ++different;
    }
    CHECK(different == 0);
  }
  ::unsetenv("TZ");
  ::tzset();
}

}  // namespace onit
