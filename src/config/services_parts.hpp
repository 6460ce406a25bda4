#pragma once

#include "config/services_draft.hpp"
#include "config/services_fields.hpp"

namespace onit {

// The tables inside of a service; a Value is one that holds a table. What is wrong is a problem; what is right is set.

/// [log], or the log of a service.
void read_log(Reading& in, Section section, const toml::Table& table, LogSpec& log);
/// `is_notify`: the type of the service says that it tells by sd_notify.
void read_ready(Reading& in, const toml::Value& value, bool is_notify, ServiceDraft& draft);
void read_healthcheck(Reading& in, const toml::Value& value, ServiceDraft& draft);
void read_schedule(Reading& in, const toml::Value& value, ServiceSpec& service);
void read_socket(Reading& in, const toml::Value& value, ServiceSpec& service);
void read_cgroup(Reading& in, const toml::Table& table, ControlGroupSpec& group);

/// Whether somebody can listen at a text, ADDRESS:PORT or [IPV6]:PORT: it needs no name to be looked up.
bool is_own_endpoint(std::string_view text);

/// The longest path of a socket. Source: unix(7), sun_path without its NUL.
inline constexpr std::size_t kMaxSocketPath = 107;

}  // namespace onit
