#pragma once

#include "base/time.hpp"

namespace onit {

/// When somebody looks at a service next, and how long a look may take.
class ProbeWatch {
 public:
  /// The next look is due at `when`; nobody is looking.
  void plan(Instant when) { become(State::planned, when); }
  /// A look has begun, and is given up at `until`.
  void begin(Instant until) { become(State::looking, until); }
  void end() { become(State::off, {}); }

  bool is_looking() const { return state_ == State::looking; }
  bool is_due(Instant now) const { return state_ == State::planned && *deadline_ <= now; }
  bool is_overdue(Instant now) const { return state_ == State::looking && *deadline_ <= now; }
  Deadline deadline() const { return deadline_; }

 private:
  enum class State : unsigned char { off, planned, looking };

  /// The one way to change, so that state and deadline belong together.
  void become(State state, Deadline deadline) {
    state_ = state;
    deadline_ = deadline;
  }

  State state_ = State::off;
  Deadline deadline_;
};

}  // namespace onit
