#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/control_reply.hpp"
#include "app/services_view.hpp"
#include "base/json_writer.hpp"

namespace onit {

// The pages that control shows. Each appends a piece of about kPieceBytes to `out`, or less, moves the reply's cursor
// on, and says how far it is. A service that comes or goes between two pieces is there or not; nothing else depends on
// it.

Progress services_piece(const ServicesView& view, Reply& reply, std::string& out);
Progress analysis_piece(const ServicesView& view, Reply& reply, std::string& out);
Progress events_piece(const ServicesView& view, Reply& reply, std::string& out);
Progress logs_piece(const ServicesView& view, Reply& reply, std::string& out);
Progress metrics_piece(const ServicesView& view, Reply& reply, std::string& out);
Progress outcome_piece(const ServicesView& view, Reply& reply, std::string& out);
Progress explanations_piece(const ServicesView& view, Reply& reply, std::string& out);

// What pages have in common.

/// A service as JSON, one line; with details: whom it depends on, and why it is as it is.
std::string service_page(const ServicesView& view, ServiceId service, bool has_details);

/// The member `depends_on`.
void write_dependencies(JsonWriter& json, const ServicesView& view, ServiceId service);

/// The next service that a page is about, and the cursor behind it; nothing if that was the last. Those that are gone
/// are left out.
std::optional<ServiceId> next_service(const ServicesView& view, Reply& reply);

/// Adds an item to a JSON array that begins with "[\n" in its first piece.
void append_item(std::string& out, std::string_view item);

}  // namespace onit
