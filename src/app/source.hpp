#pragma once

#include <cstdint>

#include "core/service_policy.hpp"

namespace onit {

/// What a watched descriptor is.
enum class Source : std::uint8_t {
  signals,           ///< the signalfd
  start_report,      ///< [service] how its start went
  notify,            ///< [service] its sd_notify socket
  main_process,      ///< [service] the process that it has named as its main one
  readiness,         ///< [service] the descriptor on which it says that it is ready
  output,            ///< [service, detail: which stream] what it writes
  sink,              ///< [detail: which] where output goes, when it was full
  probe,             ///< [service, detail: the ProbeKind]
  wall_clock,        ///< the timer of schedules
  control_listener,  ///< [detail: which] somebody wants to ask something
  control_client,    ///< [service: the ClientId] who asks, or is sent something
};

/// The tag under which the poller watches it.
constexpr std::uint64_t poller_tag(Source source, ServiceId service = 0, std::uint8_t detail = 0) {
  return std::uint64_t{static_cast<std::uint8_t>(source)} << 56 | std::uint64_t{detail} << 48 | service;
}
constexpr Source source_of(std::uint64_t tag) { return static_cast<Source>(tag >> 56); }
constexpr std::uint8_t detail_of(std::uint64_t tag) { return static_cast<std::uint8_t>(tag >> 48); }
constexpr ServiceId service_of(std::uint64_t tag) { return tag & ((std::uint64_t{1} << 48) - 1); }

}  // namespace onit
