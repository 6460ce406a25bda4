#pragma once

namespace onit {

// The status codes that onit answers with. Source: RFC 9110, section 15; 431 is of RFC 6585.

inline constexpr int kHttpOk = 200;
inline constexpr int kHttpAccepted = 202;
inline constexpr int kHttpBadRequest = 400;
inline constexpr int kHttpForbidden = 403;
inline constexpr int kHttpNotFound = 404;
inline constexpr int kHttpMethodNotAllowed = 405;
inline constexpr int kHttpRequestTimeout = 408;
inline constexpr int kHttpConflict = 409;
inline constexpr int kHttpContentTooLarge = 413;
inline constexpr int kHttpUnprocessableContent = 422;
inline constexpr int kHttpHeadersTooLarge = 431;
inline constexpr int kHttpServiceUnavailable = 503;
inline constexpr int kHttpVersionNotSupported = 505;

/// Whether what was asked for was done.
constexpr bool is_good_status(int status) { return status >= 200 && status < 300; }

}  // namespace onit
