#include "app/control_groups.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "os/clock.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

constexpr char kMount[] = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup rw,nsdelegate\n";

std::string found(std::string_view cgroup, std::string_view mountinfo) {
  auto path = find_control_group(cgroup, mountinfo);
  return path.ok() ? path.value() : path.error().text;
}

TEST_CASE("onit's control group is where the mount shows it") {
  CHECK(found("0::/\n", kMount) == "/sys/fs/cgroup");
  CHECK(found("0::/user.slice/a b\n", kMount) == "/sys/fs/cgroup/user.slice/a b");
  CHECK(found("3:cpu:/x\n1:name=systemd:/y\n0::/z\n", kMount) == "/sys/fs/cgroup/z");

  std::string below = "30 23 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
  CHECK(found("0::/docker/1\n", below) == "/sys/fs/cgroup");
  CHECK(found("0::/docker/1/x\n", below) == "/sys/fs/cgroup/x");
  CHECK(found("0::/docker/12\n", below + kMount) == "/sys/fs/cgroup/docker/12");

  CHECK(found("0::/x\n", "30 23 0:26 / /a\\040b\\134 rw - cgroup2 cgroup rw\n") == "/a b\\/x");
}

TEST_CASE("where there is no control group, there is a reason") {
  CHECK(found("1:cpu:/\n", kMount) == "the kernel has no cgroup2 hierarchy");
  CHECK(found("", "") == "the kernel has no cgroup2 hierarchy");
  CHECK(found("0::/\n", "31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup2 rw\n") == "cgroup2 is not mounted");
  CHECK(found("0::/\n", "- - - -\ncgroup2\n31 23 0:28 /\n") == "cgroup2 is not mounted");
  CHECK(found("0::/docker/12\n", "30 23 0:26 /docker/1 /c rw - cgroup2 cgroup rw\n") ==
        "the mounted cgroup2 does not show the group /docker/12");
  CHECK(found("0::/../x\n", kMount) == "the mounted cgroup2 does not show the group /../x");
}

/// A directory that looks like /proc and /sys to whoever only reads and writes files.
class FakeTree {
 public:
  FakeTree() {
    REQUIRE(::mkdtemp(root_) != nullptr);
    for (auto path : {"/proc", "/proc/self", "/sys", "/sys/fs", "/sys/fs/cgroup", "/sys/fs/cgroup/x"}) make(path);
    write("/proc/self/cgroup", "0::/x\n");
    write("/proc/self/mountinfo", kMount);
    write(own("/cgroup.procs"), "");
    write(own("/cgroup.controllers"), "cpuset cpu memory pids\n");
    write(own("/cgroup.subtree_control"), "");
  }
  ~FakeTree() {
    std::reverse(made_.begin(), made_.end());
    for (const auto& path : made_) ::remove(path.c_str());
    ::rmdir(root_);
  }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;

  static std::string own(const std::string& name) { return "/sys/fs/cgroup/x" + name; }
  /// The kernel would put these files into the directory.
  void make_group(const std::string& path) {
    make(path);
    for (auto file : {"/cgroup.procs", "/memory.max", "/cpu.max", "/pids.max"}) write(path + file, "");
  }
  void make(const std::string& path) {
    made_.push_back(root_ + path);
    REQUIRE(::mkdir(made_.back().c_str(), 0700) == 0);
  }
  void write(const std::string& path, std::string_view text) {
    made_.push_back(root_ + path);
    Fd file{::open(made_.back().c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)};
    REQUIRE(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  std::string read(const std::string& path) {
    auto text = read_file((root_ + path).c_str(), 1000);
    REQUIRE(text.ok());
    return text.value();
  }
  std::string root() const { return root_; }

 private:
  char root_[32] = "/tmp/control_groups.XXXXXX";
  std::vector<std::string> made_;
};

TEST_CASE("limits are written into a group of the service's own") {
  FakeTree tree;
  tree.make_group(tree.own("/onit.db"));
  ControlGroups groups{tree.root()};
  ControlGroupSpec limits{268'435'456, 1500, 64};
  CHECK(groups.check(limits).ok());
  auto group = groups.make("db", limits);
  REQUIRE(group.ok());
  CHECK(group.value().path() == tree.root() + tree.own("/onit.db"));
  CHECK(tree.read(tree.own("/onit.db/memory.max")) == "268435456");
  CHECK(tree.read(tree.own("/onit.db/cpu.max")) == "150000 100000");
  CHECK(tree.read(tree.own("/onit.db/pids.max")) == "64");

  REQUIRE(::write(group.value().procs(), "0", 1) == 1);
  CHECK(tree.read(tree.own("/onit.db/cgroup.procs")) == "0");
  CHECK((::fcntl(group.value().procs(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("only what is limited is enabled, and limits that are asked for no more end") {
  FakeTree tree;
  tree.write(tree.own("/cgroup.subtree_control"), "cpu");
  tree.make_group(tree.own("/onit.db"));
  REQUIRE(ControlGroups{tree.root()}.make("db", {1 << 20, {}, {}}).ok());
  CHECK(tree.read(tree.own("/cgroup.subtree_control")) == "+memory");
  tree.write(tree.own("/cgroup.subtree_control"), "cpu memory");
  REQUIRE(ControlGroups{tree.root()}.make("db", {{}, 1, {}}).ok());
  CHECK(tree.read(tree.own("/cgroup.subtree_control")) == "cpu memory");
  CHECK(tree.read(tree.own("/onit.db/memory.max")).starts_with("max"));
  CHECK(tree.read(tree.own("/onit.db/cpu.max")) == "1000 100000");
  CHECK(tree.read(tree.own("/onit.db/pids.max")).empty());
}

TEST_CASE("where limits cannot be applied, the reason is told") {
  FakeTree tree;
  auto reason = [&](const ControlGroupSpec& limits) {
    ControlGroups groups{tree.root()};
    auto checked = groups.check(limits);
    REQUIRE_FALSE(checked.ok());
    auto made = groups.make("db", limits);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().text == checked.error().text);
    return checked.error().text;
  };
  tree.write(tree.own("/cgroup.controllers"), "cpu cpuset memory_x\n");
  CHECK(reason({1, {}, {}}) == tree.root() + "/sys/fs/cgroup/x has no memory controller");
  CHECK(reason({{}, {}, 1}) == tree.root() + "/sys/fs/cgroup/x has no pids controller");
  tree.write("/proc/self/cgroup", "0::/elsewhere\n");
  CHECK(reason({{}, 1, {}}) == tree.root() + "/sys/fs/cgroup/elsewhere: No such file or directory");
  tree.write("/proc/self/mountinfo", "");
  CHECK(reason({{}, 1, {}}) == "cgroup2 is not mounted");
}

/// A group of the real hierarchy, if this machine lets us have one.
class RealGroup {
 public:
  RealGroup() {
    auto cgroup = read_head("/proc/self/cgroup", 10'000);
    auto mountinfo = read_head("/proc/self/mountinfo", 100'000);
    if (!cgroup.ok() || !mountinfo.ok()) return;
    auto own = find_control_group(cgroup.value(), mountinfo.value());
    if (!own.ok()) return;
    path_ = own.value() + "/onit-test-" + std::to_string(::getpid());
    if (::mkdir(path_.c_str(), 0755) != 0) path_.clear();
  }
  ~RealGroup() {
    for (auto child : {"/onit", "/below", ""}) ::rmdir((path_ + child).c_str());
  }
  RealGroup(const RealGroup&) = delete;
  RealGroup& operator=(const RealGroup&) = delete;

  bool is_there() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A child in a group, that waits to be killed.
class Member {
 public:
  explicit Member(const ControlGroup& group) : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
    std::string text = std::to_string(pid_);
    REQUIRE(::write(group.procs(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~Member() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    end();
  }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  pid_t pid() const { return pid_; }
  /// Waits for its end; the signal that it died of.
  int end() {
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    pid_ = 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  pid_t pid_;
};

TEST_CASE("a group of the kernel tells who is in it, kills them, and can be removed when it is empty") {
  RealGroup place;
  if (!place.is_there()) return;
  auto made = ControlGroup::make(place.path() + "/below");
  REQUIRE(made.ok());
  const ControlGroup& group = made.value();
  CHECK(group.is_empty().value());
  {
    Member one{group};
    Member two{group};
    CHECK_FALSE(group.is_empty().value());
    auto pids = group.processes().value();
    std::sort(pids.begin(), pids.end());
    CHECK(pids == std::vector<pid_t>{std::min(one.pid(), two.pid()), std::max(one.pid(), two.pid())});
    CHECK(group.remove().error().code == EBUSY);
    auto killed = group.kill();
    if (!killed.ok()) {
      CHECK(killed.error().code == ENOENT);
      return;
    }
    CHECK(one.end() == SIGKILL);
    CHECK(two.end() == SIGKILL);
  }
  CHECK(group.is_empty().value());
  CHECK(group.remove().ok());
  CHECK(group.remove().error().code == ENOENT);
  CHECK_FALSE(group.is_empty().ok());
}

TEST_CASE("who is in a group makes room when its children are to be limited") {
  RealGroup place;
  if (!place.is_there()) return;
  auto group = ControlGroup::open(place.path());
  REQUIRE(group.ok());
  // Any controller will do, if there is one that this hierarchy has and that wants nobody to be in the group.
  std::string parent = place.path().substr(0, place.path().rfind('/'));
  auto above = ControlGroup::open(parent);
  if (!above.ok() || !above.value().lists("cgroup.subtree_control", "hugetlb")) return;

  Member member{group.value()};
  auto enabled = enable_controller(group.value(), "hugetlb");
  CHECK_MESSAGE(enabled.ok(), enabled.error().text);
  CHECK(group.value().lists("cgroup.subtree_control", "hugetlb"));
  CHECK(group.value().processes().value().empty());
  auto child = ControlGroup::open(place.path() + "/onit");
  REQUIRE(child.ok());
  CHECK(child.value().processes().value() == std::vector<pid_t>{member.pid()});
  CHECK(enable_controller(group.value(), "hugetlb").ok());
}

}  // namespace
}  // namespace onit
