#pragma once

#include "base/result.hpp"
#include "cli/request.hpp"

namespace onit {

/// Lays symbolic links to this binary into a directory, under the names of the tools that it stands in for and its own
/// other name, onitctl. Names that are asked for take the place of what is there; if none is, all names that are free
/// are laid.
/// Errors: an unknown name; a directory that cannot be written; names, if none was asked for, that are not free.
Result<void, Complaint> lay_links(const Links& links);

}  // namespace onit
