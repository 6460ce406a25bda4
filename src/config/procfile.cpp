#include "config/procfile.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

/// What is wrong with a file that is none of ours need not be told line by line.
constexpr std::size_t kMostProblems = 20;

constexpr char kRelease[] = "release";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

ServiceSpec make_service(std::string_view name, std::string_view command, int port) {
  ServiceSpec service;
  service.name = name;
  service.policy.on_give_up = OnGiveUp::shutdown;
  // One that has done its work is no reason to end, one that has failed is.
  bool is_release = name == kRelease;
  service.policy.essential = !is_release;
  if (is_release) service.policy.type = ServiceType::oneshot;
  service.launch.command = shell_command(command);
  service.launch.environment.push_back({"PORT", std::to_string(port)});
  return service;
}

class Parser {
 public:
  Parser(std::string_view file, std::vector<std::string>& problems, int port)
      : file_(file), problems_(problems), port_(port) {}

  std::vector<ServiceSpec> run(std::string_view text);

 private:
  void take_line(std::string_view line);
  void fail(std::size_t at, std::string_view message);
  void wait_for_release();

  std::string_view file_;
  std::vector<std::string>& problems_;
  int port_;
  std::size_t line_ = 0;
  std::size_t problems_here_ = 0;
  std::vector<ServiceSpec> services_;
};

std::vector<ServiceSpec> Parser::run(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(sizeof kByteOrderMark - 1);
  while (!text.empty() && problems_here_ < kMostProblems) {
    ++line_;
    take_line(take_until(text, '\n'));
  }
  wait_for_release();
  return std::move(services_);
}

void Parser::take_line(std::string_view line) {
  std::string_view content = trimmed(line);
  if (content.empty() || content[0] == '#') return;
  std::size_t colon = line.find(':');
  std::string_view name = line.substr(0, colon);
  if (colon == line.npos || !is_service_name(name)) {
    return fail(0, "not a line of a Procfile; write it as NAME: COMMAND, with letters, digits, '_' and '-' in NAME");
  }
  std::string_view command = trimmed(line.substr(colon + 1));
  if (command.empty()) return fail(colon + 1, filled("there is no command behind %", quoted(name)));
  if (std::size_t zero = line.find('\0'); zero != line.npos) return fail(zero, "a zero byte cannot be in a command");
  bool is_there = std::ranges::find(services_, name, &ServiceSpec::name) != services_.end();
  if (is_there) return fail(0, filled("there is a % already", quoted(name)));
  if (services_.size() == kMostServices) {
    return fail(0, filled("more than % services", kMostServices));
  }
  int offset = static_cast<int>(services_.size()) * kProcfilePortStep;
  services_.push_back(make_service(name, command, port_ + offset));
}

/// `at` is the byte of the line.
void Parser::fail(std::size_t at, std::string_view message) {
  ++problems_here_;
  std::string problem{file_};
  problem.append(":").append(std::to_string(line_)).append(":").append(std::to_string(at + 1));
  problems_.push_back(problem.append(": ").append(message));
}

void Parser::wait_for_release() {
  auto is_release = [](const ServiceSpec& service) { return service.name == kRelease; };
  auto release = std::ranges::find_if(services_, is_release);
  if (release == services_.end()) return;
  auto id = static_cast<ServiceId>(release - services_.begin());
  for (ServiceSpec& service : services_) {
    if (!is_release(service)) service.policy.depends_on.push_back({id, Condition::completed});
  }
}

}  // namespace

bool is_procfile(std::string_view path) {
  using namespace std::string_view_literals;
  if (path.ends_with(".toml"sv)) return false;
  return path.substr(path.rfind('/') + 1).starts_with("Procfile"sv) || path.ends_with(".procfile"sv) ||
         path.ends_with(".Procfile"sv);
}

std::vector<ServiceSpec> parse_procfile(std::string_view text, std::string_view file,
                                        std::vector<std::string>& problems, int port) {
  return Parser{file, problems, port}.run(text);
}

}  // namespace onit
