#include "config/accounts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace onit {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "+nis:x:7:7::/:/bin/sh\n"
    "-nis:x:8:8::/:/bin/sh\n"
    "+::::::\n"
    "\n"
    ":x:9:9:no name:/:/bin/sh\n"
    "short:x:10:10::/home/short\n"
    "nonumber:x::11::/:/bin/sh\n"
    "hex:x:0x10:11::/:/bin/sh\n"
    "plus:x:+12:12::/:/bin/sh\n"
    "negative:x:-1:12::/:/bin/sh\n"
    "blank:x: 13:13::/:/bin/sh\n"
    "nogid:x:14:4294967295::/:/bin/sh\n"
    "nochange:x:4294967295:14::/:/bin/sh\n"
    "overflow:x:4294967296:14::/:/bin/sh\n"
    "highest:x:4294967294:4294967294::/:/bin/sh\n"
    "app:x:1000:1001:The, App:/home/app:/bin/sh:x\n"
    "app:x:2000:2001:second:/home/second:/bin/sh\n"
    "twin:x:1000:3001::/home/twin:/bin/sh\n"
    "500:x:501:502::/home/500:/bin/sh\n"
    "last:x:1500:1501::/home/last:";

constexpr std::string_view kGroup =
    "root:x:0:root,app\n"
    "bad:x:nine:app\n"
    "nochange:x:4294967295:app\n"
    "+:x:77:app\n"
    "short:x:78\n"
    "own:x:1001:app\n"
    "wheel:x:10:other,app,twin\n"
    "prefix:x:11:application,ap,xapp\n"
    "wheel:x:12:twin\n"
    "again:x:10:app\n"
    "600:x:601:\n"
    "video:x:44:app";

std::string ids(const std::vector<std::uint32_t>& groups) {
  std::string shown;
  for (auto gid : groups) shown += (shown.empty() ? "" : ",") + std::to_string(gid);
  return shown;
}

/// `uid:gid groups name`, or `error ...`.
std::string resolved(std::string_view spec, const std::vector<std::string_view>& group_add = {}) {
  auto identity = resolve_user(spec, group_add, kPasswd, kGroup);
  if (!identity.ok()) return "error " + identity.error().text;
  const Identity& who = identity.value();
  return std::to_string(who.uid) + ":" + std::to_string(who.gid) + " " + ids(who.groups) +
         (who.named ? " " + who.named->name : "");
}

}  // namespace

TEST_CASE("an account is found by its name, and the first one counts") {
  auto app = find_account(kPasswd, "app");
  REQUIRE(app);
  CHECK(app->name == "app");
  CHECK(app->uid == 1000);
  CHECK(app->gid == 1001);
  CHECK(app->home == "/home/app");
  CHECK_FALSE(find_account(kPasswd, "ap"));
  CHECK_FALSE(find_account(kPasswd, ""));
  CHECK_FALSE(find_account("", "app"));
}

TEST_CASE("an account is found by its uid, and the first one counts") {
  auto app = find_account_by_uid(kPasswd, 1000);
  REQUIRE(app);
  CHECK(app->name == "app");
  CHECK_FALSE(find_account_by_uid(kPasswd, 1));
}

TEST_CASE("the last line of passwd needs neither newline nor shell") {
  auto last = find_account(kPasswd, "last");
  REQUIRE(last);
  CHECK(last->home == "/home/last");
  CHECK(find_account("a:x:1:2::/:/bin/sh", "a"));
}

TEST_CASE("lines of passwd that are no entries are passed over") {
  for (std::string_view name : {"short", "nonumber", "hex", "plus", "negative", "blank", "+nis", "-nis", "+"}) {
    CAPTURE(name);
    CHECK_FALSE(find_account(kPasswd, name));
  }
  for (std::uint32_t uid : {7U, 8U, 9U, 10U, 11U, 12U, 13U}) {
    CAPTURE(uid);
    CHECK_FALSE(find_account_by_uid(kPasswd, uid));
  }
}

TEST_CASE("an id that would mean no change, or does not fit, makes no entry") {
  CHECK_FALSE(find_account(kPasswd, "nochange"));
  CHECK_FALSE(find_account(kPasswd, "nogid"));
  CHECK_FALSE(find_account(kPasswd, "overflow"));
  CHECK_FALSE(find_group(kGroup, "nochange"));
  REQUIRE(find_account(kPasswd, "highest"));
  CHECK(find_account(kPasswd, "highest")->uid == 4294967294);
}

TEST_CASE("a group is found by its name, and the first one counts") {
  CHECK(find_group(kGroup, "wheel") == 10U);
  CHECK(find_group(kGroup, "video") == 44U);
  CHECK(find_group("empty:x:5:", "empty") == 5U);
  CHECK_FALSE(find_group(kGroup, "whee"));
  CHECK_FALSE(find_group(kGroup, "bad"));
  CHECK_FALSE(find_group(kGroup, "short"));
  CHECK_FALSE(find_group(kGroup, "+"));
}

TEST_CASE("the groups of a user are those that list exactly that name, each once") {
  CHECK(ids(groups_of(kGroup, "app")) == "0,1001,10,44");
  CHECK(ids(groups_of(kGroup, "other")) == "10");
  CHECK(ids(groups_of(kGroup, "twin")) == "10,12");
  CHECK(ids(groups_of(kGroup, "nobody")) == "");
}

TEST_CASE("a user by name has the group of the account first and then all that list it") {
  CHECK(resolved("app") == "1000:1001 1001,0,10,44 app");
  CHECK(resolved("last") == "1500:1501 1501 last");
}

TEST_CASE("a user by number has the groups of its account but no name") {
  CHECK(resolved("1000") == "1000:1001 1001,0,10,44");
}

TEST_CASE("digits are looked up as a name first") {
  CHECK(resolved("500") == "501:502 502 500");
  CHECK(resolved("501") == "501:502 502");
  CHECK(resolved("0:600") == "0:601 601");
  CHECK(resolved("0:601") == "0:601 601");
}

TEST_CASE("a number without an account has the group of the same number and no other") {
  CHECK(resolved("4321") == "4321:4321 4321");
  CHECK(resolved("4294967294:4294967294") == "4294967294:4294967294 4294967294");
}

TEST_CASE("with a group it is only that group") {
  CHECK(resolved("app:video") == "1000:44 44 app");
  CHECK(resolved("app:77") == "1000:77 77 app");
  CHECK(resolved("4321:video") == "4321:44 44");
  CHECK(resolved("root:root") == "0:0 0 root");
}

TEST_CASE("more groups come on top in both cases, by name or number, each once") {
  CHECK(resolved("app", {"wheel", "99", "99", "600"}) == "1000:1001 1001,0,10,44,99,601 app");
  CHECK(resolved("app:video", {"44", "wheel"}) == "1000:44 44,10 app");
  CHECK(resolved("4321", {"video"}) == "4321:4321 4321,44");
}

TEST_CASE("a user or group that cannot be used is an error that says what to do") {
  CHECK(resolved("web") == "error user 'web' is not in /etc/passwd: add it there or give a number");
  CHECK(resolved("app:web") == "error group 'web' is not in /etc/group: add it there or give a number");
  CHECK(resolved("app", {"web"}) == "error group 'web' is not in /etc/group: add it there or give a number");
  CHECK(resolved("4294967295") == "error user '4294967295' is too high: numbers go up to 4294967294");
  CHECK(resolved("0:4294967296") == "error group '4294967296' is too high: numbers go up to 4294967294");
  CHECK(resolved("-1").starts_with("error user '-1' is not in"));
  CHECK(resolved("a:b:c").starts_with("error user 'a' is not in"));
  CHECK(resolved("app:video:x").starts_with("error group 'video:x' is not in"));
}

TEST_CASE("an empty user or group is an error") {
  CHECK(resolved("") == "error the user is missing: write USER or USER:GROUP");
  CHECK(resolved(":video") == "error the user is missing: write USER or USER:GROUP");
  CHECK(resolved("app:") == "error user 'app:' has no group after the ':': add it or drop the ':'");
  CHECK(resolved("app", {""}).starts_with("error group ''"));
}

}  // namespace onit
