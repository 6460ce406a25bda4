#pragma once

#include <string_view>

namespace onit {

/// Leaves the reason of an abnormal end where Kubernetes looks for it (/dev/termination-log), if that exists; at most
/// 4096 bytes. Whatever goes wrong with it is no reason to end differently.
/// Source: Kubernetes documentation, "Determine the Reason for Pod Failure".
void write_termination_log(std::string_view reason);

}  // namespace onit
