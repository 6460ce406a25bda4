#pragma once

#include <string>
#include <string_view>

#include "app/services_view.hpp"

namespace onit {

/// Why a service is as it is, in a sentence without a full stop: "web is waiting for db to be ready, which is
/// starting: tcp 127.0.0.1:5432: Connection refused, 4 tries in 1.25 s". Follows what it waits for, and what it has
/// failed for, to where it begins. `called`: what the sentence begins with; empty: its name.
std::string explain(const ServicesView& view, ServiceId service, std::string_view called = {});

/// Why it may hang as it writes: "nobody has read onit's stdout for 12 s"; empty if its output goes out in time.
std::string output_wait(const ServicesView& view, ServiceId service);

/// Whether it is as it is meant to be, so that nobody needs to ask why.
bool is_as_meant(const ServicesView& view, ServiceId service);

/// What somebody finds who looks: "tcp 127.0.0.1:5432: Connection refused, 4 tries in 1.25 s"; empty if nobody has
/// looked in this run. Without the number if the last look could not begin.
std::string findings(const ServicesView& view, ServiceId service, ProbeKind kind);

/// What is missing before a service that waits can start: what it depends on, and is not yet as it has to be. Nothing
/// if it waits for something else.
const Dependency* missing_dependency(const ServicesView& view, ServiceId service);

}  // namespace onit
