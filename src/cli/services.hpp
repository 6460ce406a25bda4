#pragma once

#include <string_view>

#include "base/result.hpp"
#include "cli/options.hpp"
#include "core/service_spec.hpp"

namespace onit {

/// Whether the options fit when services are asked for: some are for one command only, and some for the service
/// that COMMAND becomes. The Complaint names the first that does not, and what says the same in a file.
Result<void, Complaint> check_options_for_services(const OptionSet& given, bool has_command);

/// The service that the command of the command line becomes: essential, with onit's stdin. `own_environment` is where
/// `--env K` takes its value from.
ServiceSpec make_main_service(const Launch& launch, const CommandPolicy& policy, char* const* own_environment);

/// The essential service that `NAME=COMMAND` of --service stands for; COMMAND is split as split_words() does it.
/// Errors: a name that is none, a command without words, a quote that nobody closes.
Result<ServiceSpec, Complaint> service_from_words(std::string_view text);

}  // namespace onit
