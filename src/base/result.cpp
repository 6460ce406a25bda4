#include "base/result.hpp"

#include <cstring>

#include "base/text.hpp"

namespace onit {

Complaint complaint_about(const Error& error) { return {concat(error.call, ": ", std::strerror(error.code))}; }

}  // namespace onit
