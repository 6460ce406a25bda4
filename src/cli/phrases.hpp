#pragma once

#include "core/plan.hpp"

namespace onit {

/// onit's own words: those of text, which begins the line with `onit: `, and of json.
Phrase onit_phrase(What what);

}  // namespace onit
