#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/request.hpp"

namespace onit {

/// Reads the file of another tool and converts its services: the file of services as a text. `-` is stdin.
/// Errors: what is wrong with it, a line for each problem.
Result<std::string, Complaint> import_file(const FileToImport& file);

}  // namespace onit
