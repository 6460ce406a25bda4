#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "control/http_request.hpp"
#include "os/fd.hpp"

namespace onit {

/// For what onit answers at once, unless the machine or it itself is stopped.
inline constexpr Millis kAnswerPatience{2000};

/// Takes a part of an answer's body as it comes: a function and its context. Returns false to end it.
struct BodySink {
  bool (*take)(void* context, int status, std::string_view bytes) = nullptr;
  void* context = nullptr;
};

/// How an answer went.
struct ControlAnswer {
  std::string place{};   ///< from where it came
  int status = 0;        ///< of HTTP
  std::string body{};    ///< if there was no sink
  pid_t server = 0;      ///< onit's pid, as this process sees it (SO_PEERCRED); 0: it cannot
  bool is_whole = true;  ///< otherwise the connection ended in the middle
};

/// Why there is no answer, with the place.
struct NoAnswer {
  std::string text;
  bool is_late = false;  ///< time was over: the text ends where it has room for "after 2 s"
};

/// A request that is on its way.
struct ControlConnection {
  std::string place{};  ///< where onit listens
  Fd socket{};
  pid_t server = 0;  ///< as in ControlAnswer
  uid_t user = 0;    ///< who listens there
};

/// Connects to the first place where onit listens, and sends the request. The socket is blocking. Who listens at
/// kSharedControlPlace (control/places.hpp) is only believed as root, this process's user, or the user of process 1,
/// unless that is the only place. Errors: name the places that were tried and why none answers, with what to do; or
/// that time is over; or that the request is longer than kMaxRequestBytes. Source: unix(7).
Result<ControlConnection, NoAnswer> begin_asking(const std::vector<std::string>& places, HttpMethod method,
                                                 std::string_view target, Deadline deadline);

/// Waits for the answer. A body that no sink takes may have at most 16 MiB.
/// Errors: there is none, or one that is not HTTP; or time is over. Source: RFC 9112, sections 6.3 and 7.1.
Result<ControlAnswer, NoAnswer> take_answer(ControlConnection connection, Deadline deadline, BodySink sink = {});

/// Both; waits for as long as `timeout` (nothing: for ever).
Result<ControlAnswer, NoAnswer> ask_onit(const std::vector<std::string>& places, HttpMethod method,
                                         std::string_view target, std::optional<Millis> timeout, BodySink sink = {});

}  // namespace onit
