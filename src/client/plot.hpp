#pragma once

#include <string>

#include "client/analysis.hpp"

namespace onit {

/// A picture of the start, SVG: a bar for each service, on an axis from onit's start to a little behind the moment when
/// all were ready. It is as dark or as light as the page around it. Changes the services' keys. Source: SVG 1.1.
std::string plot_text(Analysis& analysis);

}  // namespace onit
