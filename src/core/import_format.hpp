#pragma once

#include <cstdint>

namespace onit {

/// Whose file it is that is converted into one of services.
enum class ImportFormat : std::uint8_t { automatic, supervisord, compose, procfile };

/// The words of ImportFormat, in its order.
inline constexpr char kImportFormats[][12] = {"automatic", "supervisord", "compose", "procfile"};

}  // namespace onit
