#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/services.hpp"
#include "fuzz/checks.hpp"

// Any bytes as a command line, under every name, with $ONIT_OPTIONS. The first byte says which name; then come the
// words, each ending with a zero; the last one is $ONIT_OPTIONS.

namespace {

using namespace onit;

constexpr const char* kNames[] = {"onit", "/sbin/tini", "dumb-init", "catatonit", "run", "run-multi", "onitctl"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t end = text.find('\0');
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return words;
}

void check_services(const Plan& plan) {
  const ServicesAsked& asked = *plan.services;
  require(asked.file != nullptr || !asked.services.empty());
  require(asked.file == nullptr || asked.file[0] != '\0');
  for (const char* words : asked.services) require(service_from_words(words).ok());
  char* const none[] = {nullptr};
  if (plan.launch.argv != nullptr) require(!make_main_service(plan.launch, plan.policy, none).launch.command.empty());
}

/// What has to hold of every plan, or running it would go wrong.
void check(const Plan& plan) {
  const CommandPolicy& policy = plan.policy;
  require(policy.commands >= 0 && policy.commands <= kMostCommands);
  require(plan.launch.argv == nullptr || plan.launch.argv[0] != nullptr);
  std::size_t several = plan.launch.side_by_side.size();
  bool needs_command = several == 0 && policy.commands != 0 && !plan.services;
  require(plan.launch.argv != nullptr || !needs_command);
  require(plan.launch.argv == nullptr || (several == 0 && policy.commands != 0));
  if (plan.services) check_services(plan);
  require(several == 0 ? policy.commands <= 1 : static_cast<int>(several) == policy.commands);
  for (const auto& argv : plan.launch.side_by_side) require(argv.front() != nullptr && argv.back() == nullptr);
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    require(policy.rewrites(signal) >= 0 && policy.rewrites(signal) <= kLastSignal);
  }
  require(policy.stop_signal >= 1 && policy.stop_signal <= kLastSignal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const char* name = kNames[data[0] % std::size(kNames)];
  std::vector<std::string> words = split({reinterpret_cast<const char*>(data) + 1, size - 1});
  std::string options = words.empty() ? "" : words.back();
  std::vector<char*> argv;
  std::string program = name;
  argv.push_back(program.data());
  for (std::size_t i = 0; i + 1 < words.size(); ++i) argv.push_back(words[i].data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);

  char variable[] = "TINI_VERBOSITY=3";
  char* const environment[] = {variable, nullptr};
  pid_t pid = data[0] & 0x80 ? 1 : 42;
  auto request =
      read_command_line({name, argc, argv.data(), environment, pid, options.empty() ? nullptr : options.data()});
  if (!request.ok()) {
    require(!request.error().text.empty());
  } else if (const auto* plan = std::get_if<Plan>(&request.value())) {
    check(*plan);
  } else if (const auto* answer = std::get_if<Answer>(&request.value())) {
    require(!answer->text.empty() && answer->text.back() == '\n');
  } else if (const auto* files = std::get_if<FilesToCheck>(&request.value())) {
    require(!files->paths.empty());
  }
  return 0;
}
