#include "app/diagnosis.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/capability_name.hpp"
#include "base/limit_name.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "cli/onitctl_table.hpp"
#include "core/exit_code.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kOwnMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kOwnMachine = EM_AARCH64;
#elif defined(__arm__)
constexpr std::uint16_t kOwnMachine = EM_ARM;
#elif defined(__powerpc64__)
constexpr std::uint16_t kOwnMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr std::uint16_t kOwnMachine = EM_S390;
#else
#error "which machine is this?"
#endif

/// As much of a file as the kernel itself looks at, and an ELF file's interpreter besides.
constexpr std::size_t kHeadBytes = 4096;

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_386:
      return "i386";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390x";
    default:
      return filled("machine %", machine);
  }
}

std::string octal(mode_t mode) {
  std::string text;
  for (int shift = 9; shift >= 0; shift -= 3) text += static_cast<char>('0' + (mode >> shift & 7));
  return text;
}

std::string head_of(const std::string& path) {
  auto content = read_head(path.c_str(), kHeadBytes);
  return content.ok() ? std::move(content.value()) : std::string{};
}

template <class T>
bool load(std::string_view head, std::size_t at, T& value) {
  if (at > head.size() || head.size() - at < sizeof value) return false;
  std::memcpy(&value, head.data() + at, sizeof value);
  return true;
}

template <class Header, class Segment>
std::string elf_interpreter(std::string_view head) {
  Header header;
  if (!load(head, 0, header)) return {};
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Segment segment;
    if (!load(head, static_cast<std::size_t>(header.e_phoff) + i * sizeof segment, segment)) return {};
    if (segment.p_type != PT_INTERP) continue;
    if (segment.p_offset >= head.size()) return {};
    std::string_view rest = head.substr(static_cast<std::size_t>(segment.p_offset));
    return std::string{rest.substr(0, rest.find('\0'))};
  }
  return {};
}

bool is_elf(std::string_view head) { return head.size() > EI_NIDENT && head.starts_with(ELFMAG); }

std::string dynamic_linker(std::string_view head) {
  return head[EI_CLASS] == ELFCLASS64 ? elf_interpreter<Elf64_Ehdr, Elf64_Phdr>(head)
                                      : elf_interpreter<Elf32_Ehdr, Elf32_Phdr>(head);
}

/// The interpreter that a script's first line asks for; empty if it has no such line. Source: execve(2).
std::string script_interpreter(std::string_view head) {
  if (!head.starts_with("#!")) return {};
  std::string_view line = head.substr(2, head.find('\n') - 2);
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  return std::string{line.substr(0, line.find_first_of(" \t"))};
}

constexpr const char* kHasCrlf =
    "it has Windows line ends (CRLF), which become part of its first line; convert it with dos2unix";

/// The file is there, yet the kernel says ENOENT: it means the interpreter.
std::string missing_interpreter(std::string_view head) {
  std::string interpreter = script_interpreter(head);
  if (interpreter.ends_with('\r')) return kHasCrlf;
  if (!interpreter.empty()) {
    return filled("its interpreter '%' is not there; install it, or correct the script's first line", interpreter);
  }
  if (is_elf(head)) {
    std::string linker = dynamic_linker(head);
    return concat("its dynamic linker '", linker,
                  "' is not there; link it statically, or use an image with that C library");
  }
  return "its interpreter is not there";
}

std::string unknown_format(std::string_view head) {
  if (head.empty()) return "the file is empty";
  if (is_elf(head)) {
    std::uint16_t machine = 0;
    load(head, offsetof(Elf64_Ehdr, e_machine), machine);
    if (machine != kOwnMachine) {
      return filled("it is built for %, and this machine is %; use an image for this platform", machine_name(machine),
                    machine_name(kOwnMachine));
    }
    return "it is a damaged executable";
  }
  if (script_interpreter(head).ends_with('\r')) return kHasCrlf;
  return "not a program, and no script with a '#!' line; begin it with one such as '#!/bin/sh'";
}

std::string permission_denied(const ExecPlan& plan, const std::string& path, const struct stat& file) {
  if (S_ISDIR(file.st_mode)) return "it is a directory";
  if (!S_ISREG(file.st_mode)) return "it is not a regular file";
  if ((file.st_mode & 0111) == 0) return filled("it is not executable; 'chmod +x %'", path);
  std::string owner = filled("%:%", file.st_uid, file.st_gid);
  std::string who = plan.user ? filled("user %", plan.user->uid) : "this user";
  return filled(
      "permission denied: mode %, owner %; can % execute it, and reach it, and is its file system not mounted noexec?",
      octal(file.st_mode & 07777), owner, who);
}

/// A path as the command would see it, who may have been put into another directory.
std::string from_here(const ExecPlan& plan, const char* path) {
  return path[0] != '/' && plan.working_dir ? filled("%/%", plan.working_dir, path) : path;
}

/// The file that could not be executed. With ENOENT nothing on the search path could be: then the first one that is
/// there after all, for want of its interpreter. Nothing if there is none.
std::optional<std::string> exec_path(const ExecPlan& plan, const SpawnReport& report) {
  if (!plan.search_path) return from_here(plan, plan.argv[0]);
  char candidate[PATH_MAX];
  if (report.code != ENOENT) {
    path_candidate(plan.search_path, report.index, plan.argv[0], candidate);
    return from_here(plan, candidate);
  }
  for (std::uint32_t index = 0; path_candidate(plan.search_path, index, plan.argv[0], candidate); ++index) {
    std::string path = from_here(plan, candidate);
    if (::access(path.c_str(), F_OK) == 0) return path;
  }
  return std::nullopt;
}

/// What was probably meant by a name that is nowhere: a variable in front of a command, or all of it in one word, as
/// ENTRYPOINT has it easily.
const char* what_was_meant(const ExecPlan& plan) {
  std::string_view name = plan.argv[0];
  std::size_t equals = name.find_first_of("= /");
  if (equals != 0 && equals != name.npos && name[equals] == '=')
    return "; to set a variable, write 'env' in front of it";
  bool is_all = plan.argv[1] == nullptr && name.find(' ') != name.npos;
  return is_all ? "; it is one word, and no shell takes it apart: write 'sh -c' in front of it, or each word by itself"
                : "";
}

std::string not_on_path(const ExecPlan& plan) {
  std::string_view name = plan.argv[0];
  std::string text = filled("not found on PATH (%)", plan.search_path);
  bool is_here = ::access(from_here(plan, plan.argv[0]).c_str(), X_OK) == 0;
  if (is_here) text += filled("; there is one in the working directory: './%'", name);
  bool is_verb = std::ranges::any_of(verb_table(), [&](const Verb& verb) { return verb.name == name; });
  if (is_verb && !is_here) text += filled("; did you mean 'onitctl %'?", name);
  return text + what_was_meant(plan);
}

std::string no_such_file(const std::string& path) {
  struct stat link {};
  bool dangles = ::lstat(path.c_str(), &link) == 0;
  return dangles ? "it is a symbolic link to a file that is not there" : "no such file";
}

std::string not_executable(const ExecPlan& plan, int code, const std::string& path, const struct stat& file) {
  if (code == ENOENT) return missing_interpreter(head_of(path));
  if (code == ENOEXEC) return unknown_format(head_of(path));
  if (code == EACCES) return permission_denied(plan, path, file);
  return std::strerror(code);
}

Diagnosis diagnose_exec(const ExecPlan& plan, const SpawnReport& report) {
  std::string subject = filled("exec '%': ", plan.argv[0]);
  std::optional<std::string> path = exec_path(plan, report);
  if (!path) return {kNotFoundExitCode, subject + not_on_path(plan)};
  struct stat file {};
  bool exists = ::stat(path->c_str(), &file) == 0;
  if (report.code == ENOTDIR || (report.code == ENOENT && !exists)) {
    return {kNotFoundExitCode, concat(subject, no_such_file(*path), what_was_meant(plan))};
  }
  subject = filled("exec '%': ", *path);
  if (!exists) return {kNotExecutableExitCode, subject + std::strerror(report.code)};
  return {kNotExecutableExitCode, subject + not_executable(plan, report.code, *path, file)};
}

std::string capability(std::uint32_t number) {
  std::string_view name = capability_name(static_cast<int>(number));
  return name.empty() ? std::to_string(number) : std::string{name};
}

std::string descriptor(const ExecPlan& plan, const SpawnReport& report) {
  return filled("descriptor % of the command", plan.descriptors[report.index].to);
}

std::string setting(const ExecPlan& plan, const SpawnReport& report, const SettingNames& names) {
  switch (report.stage) {
    case SpawnStage::session:
      return "new session for the command";
    case SpawnStage::control_group:
      return "control group of the command";
    case SpawnStage::descriptors:
      return descriptor(plan, report);
    case SpawnStage::limit:
      return concat(names.ulimit, limit_name(plan.limits[report.index].resource));
    case SpawnStage::nice:
      return filled("% %", names.nice, *plan.nice);
    case SpawnStage::oom_score_adj:
      return filled("% %", names.oom_score_adj, *plan.oom_score_adj);
    case SpawnStage::bounding_set:
      return filled("%: dropping all others for good", names.capabilities);
    case SpawnStage::capability:
      return filled("%: keeping %", names.capabilities, capability(report.index));
    case SpawnStage::groups:
      return "supplementary groups of the command";
    case SpawnStage::group:
      return filled("%: group %", names.user, plan.user->gid);
    case SpawnStage::user:
      return filled("%: user %", names.user, plan.user->uid);
    case SpawnStage::capabilities:
      return filled("%: giving up capabilities", plan.capabilities ? names.capabilities : names.user);
    case SpawnStage::working_dir:
      return filled("% '%'", names.working_dir, plan.working_dir);
    case SpawnStage::no_new_privs:
      return names.no_new_privs;
    case SpawnStage::parent_death_signal:
      return "parent-death signal of the command";
    case SpawnStage::exec:
      break;
  }
  panic("not a setting");
}

std::string remedy(const SpawnReport& report) {
  bool is_about_ids =
      report.stage == SpawnStage::groups || report.stage == SpawnStage::group || report.stage == SpawnStage::user;
  if (is_about_ids && report.code == EINVAL) return "; the number is not mapped in this user namespace";
  bool is_beyond_limit = report.code == EMFILE || report.code == EINVAL || report.code == EBADF;
  if (report.stage == SpawnStage::descriptors && is_beyond_limit) {
    return "; is the limit of open files (nofile) above its number?";
  }
  if (report.code != EPERM && report.code != EACCES) return {};
  switch (report.stage) {
    case SpawnStage::groups:
    case SpawnStage::group:
    case SpawnStage::user:
      return "; start onit as root, or as that user already (capabilities SETUID and SETGID)";
    case SpawnStage::limit:
      return "; a hard limit cannot be raised without capability SYS_RESOURCE";
    case SpawnStage::nice:
      return "; a lower nice value needs capability SYS_NICE";
    case SpawnStage::oom_score_adj:
      return "; a lower value needs capability SYS_RESOURCE";
    case SpawnStage::bounding_set:
      return "; it needs capability SETPCAP, unless no_new_privs is on";
    case SpawnStage::capability:
      return "; onit can only pass on what it was given";
    case SpawnStage::control_group:
      return "; onit may not move processes into it";
    case SpawnStage::session:
    case SpawnStage::descriptors:
    case SpawnStage::capabilities:
    case SpawnStage::working_dir:
    case SpawnStage::no_new_privs:
    case SpawnStage::parent_death_signal:
    case SpawnStage::exec:
      return {};
  }
  panic("a stage of which nobody knows");
}

}  // namespace

Diagnosis diagnose(const ExecPlan& plan, const SpawnReport& report, const SettingNames& names) {
  if (report.stage == SpawnStage::exec) return diagnose_exec(plan, report);
  return {kUsageExitCode, filled("%: %%", setting(plan, report, names), std::strerror(report.code), remedy(report))};
}

}  // namespace onit
