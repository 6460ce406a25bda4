#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "app/services_view.hpp"

namespace onit {

/// A word for a phase, as programs are told it.
const char* phase_name(const ServiceStatus& status);

/// A word for how a service is, for people: its phase, or what matters more, such as "unhealthy".
const char* state_word(const ServicesView& view, ServiceId service);

/// Why it is as it is, in a few words: what it waits for, what it says of itself, or what has happened to it; may be
/// empty.
std::string brief_reason(const ServicesView& view, ServiceId service);

/// How wide the columns of the table are, but for the last one.
using TableWidths = std::array<std::uint8_t, 6>;

/// The widths that all services need, or one.
TableWidths table_widths(const ServicesView& view, std::optional<ServiceId> service = {});

/// A line of the table. The name and the reason, its last column, are cut so that 80 columns are enough.
std::string table_heading(const TableWidths& widths);
std::string table_row(const ServicesView& view, ServiceId service, const TableWidths& widths, bool has_colour);

/// The whole table: a line for each service.
std::string status_table(const ServicesView& view);

}  // namespace onit
