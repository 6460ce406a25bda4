#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/service_spec.hpp"

namespace onit {

/// PORT of the first process of a Procfile, unless onit's own PORT says otherwise, and how far the next one is from it.
/// Source: foreman(1), --port.
inline constexpr int kProcfilePort = 5000;
inline constexpr int kProcfilePortStep = 100;

/// Whether a file is a Procfile by its name: the last part of the path begins with that word, as in Procfile.dev, or
/// has it behind its last dot, as in web.procfile or web.Procfile. What ends in .toml is TOML, whatever it begins with.
bool is_procfile(std::string_view path);

/// Reads a Procfile: its services in the order of the lines, each `NAME: COMMAND`. Blank lines and those that begin
/// with '#' are skipped; every other line is a problem, `file:line:column: message`. A shell runs each command. One
/// exit ends everything; `release` runs first and has to succeed, and the others wait for it. Each service has a PORT;
/// that of the first is `port`. Source: foreman(1), "Procfile"; Heroku, "The Procfile" and "Release Phase".
std::vector<ServiceSpec> parse_procfile(std::string_view text, std::string_view file,
                                        std::vector<std::string>& problems, int port = kProcfilePort);

}  // namespace onit
