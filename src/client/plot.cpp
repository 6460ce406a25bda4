#include "client/plot.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

#include "base/duration.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

// All in pixels of the picture.
constexpr long kWidth = 1000;
constexpr long kMargin = 28;
constexpr long kTicksAt = 104;
constexpr long kRowsAt = 118;
constexpr long kRightOfNames = 12;
constexpr long kCharacterWidth = 7;
constexpr long kBehindBar = 7;
constexpr long kFadeWidth = 40;
constexpr std::size_t kLongestName = 26;

/// More rows than that are lower.
constexpr std::size_t kFewRows = 40;

/// Events soon behind the start belong to its picture: a service that ends again and again at once is never seen
/// otherwise.
constexpr std::uint32_t kSoonMs = 1000;

/// What begins within that part of the time to readiness begins together: one over so much.
constexpr std::uint64_t kSameTime = 100;

constexpr std::uint32_t kMostTicks = 9;
constexpr std::uint32_t kSteps[] = {1,      2,       5,       10,      20,       50,       100,      200,    500,
                                    1000,   2000,    5000,    10000,   20000,    30000,    60000,    120000, 300000,
                                    600000, 1800000, 3600000, 7200000, 21600000, 86400000, 604800000};

// Colours by class. b: background, f: text, m: muted text, g: grid, w: waiting, s: starting, c: critical, u: up,
// v: on a line, x: unhealthy, p: stopping, r: restarting, e: failed, o: completed, k, l: what waited for what.
constexpr char kHead[] =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 % %" width="%" height="%" role="img" aria-labelledby="t d">)";
constexpr char kStyle[] = R"(<style>
text{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;fill:#1f2328}
.h{font-size:19px;font-weight:600}.y text,.y{font-size:10.5px}.end{text-anchor:end}.mid{text-anchor:middle}
.b{fill:#fff;stop-color:#fff}.v{paint-order:stroke;stroke:#fff;stroke-width:4px}
.m{fill:#656d76}.c{font-weight:600;fill:#0b5cad}
.g{stroke:#d8dee4;stroke-opacity:.7}.a{stroke:#0b5cad;stroke-dasharray:3 3}
.w{stroke:#bcc4cd;stroke-width:1.5;stroke-dasharray:1 4;stroke-linecap:round}
.s{fill:#83b2e3}.sc{fill:#0b5cad}.u{fill:#d3ecd9}.x{fill:#f0c36d}.p{fill:#cdbfe6}.o{fill:#3d9a5f}.e{fill:#cf3f4a}
.r{stroke:#d29922;stroke-width:2;stroke-dasharray:2 4}
.k{stroke:#ccd3da;fill:none}.l{stroke:#0b5cad;stroke-width:1.5;fill:none}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.b{fill:#0d1117;stop-color:#0d1117}.v{stroke:#0d1117}
.m{fill:#8b949e}.c{fill:#79b8ff}
.g{stroke:#30363d}.a,.l{stroke:#58a6ff}.w{stroke:#4d5560}.s{fill:#31629a}.sc{fill:#58a6ff}.u{fill:#173d28}.x{fill:#9a6b12}
.p{fill:#4b3d70}.o{fill:#3fb66b}.e{fill:#f0616d}.r{stroke:#bb8009}.k{stroke:#3a424c}}
</style><defs><linearGradient id="f"><stop class="b" stop-opacity="0"/>
<stop class="b" offset="1"/></linearGradient></defs>
)";

struct LegendEntry {
  char shape[4];  ///< the class of a bar; "w" and "r" are lines, "o" and "e" dots
  char text[23];
};
constexpr LegendEntry kLegend[] = {{"w", "waiting"},   {"s", "starting"},  {"sc", "on the critical chain"},
                                   {"u", "up"},        {"o", "completed"}, {"r", "backing off"},
                                   {"x", "unhealthy"}, {"p", "stopping"},  {"e", "failed"}};

/// Its place in kLegend; by Span. What is down or has a schedule is not drawn.
constexpr std::uint8_t kNotDrawn = std::size(kLegend);
constexpr std::uint8_t kShapes[] = {kNotDrawn, 0, kNotDrawn, 1, 3, 6, 7, 5, 4, 8};

/// Adds "1.5 s", for an axis with that step.
void add_tick(std::string& text, long ms, long step) {
  if (ms == 0 || step >= 60'000) {
    add_filled(text, ms == 0 ? "0" : "% min", ms / 60'000);
  } else if (step < 100) {
    add_filled(text, "% ms", ms);
  } else {
    add_filled(text, step % 1000 == 0 ? "% s" : "%.% s", ms / 1000, ms % 1000 / 100);
  }
}

/// Adds ASCII text, cut off behind so many characters.
void add_shortened(std::string& text, std::string_view what, std::size_t length) {
  bool is_longer = what.size() > length;
  add_filled(text, is_longer ? "%\u2026" : "%", is_longer ? std::string_view{what.data(), length - 1} : what);
}

class Plot {
 public:
  explicit Plot(Analysis& analysis) : analysis_(analysis) {
    std::size_t longest = 0;
    for (AnalysedService& service : analysis.services) {
      // Who begins together stands in order of readiness.
      std::uint64_t begun =
          service.has_begun() ? std::uint64_t{service.begun} * kSameTime / (analysis.ready + 1) : kNever;
      service.key = begun << 32 | service.ready;
      longest = std::max(longest, std::min(service.name.size(), kLongestName));
    }
    is_dense_ = analysis.services.size() > kFewRows;
    row_height_ = is_dense_ ? 17 : 26;
    bar_height_ = is_dense_ ? 10 : 14;
    left_ = kMargin + kRightOfNames + static_cast<long>(longest) * (kCharacterWidth - (is_dense_ ? 1 : 0));
    rows_end_ = kRowsAt + static_cast<long>(analysis.services.size()) * row_height_;
    find_end();
    std::uint32_t row = 0;
    for (std::uint32_t i = kNobody; (i = analysis.next(i)) != kNobody;) analysis.services[i].row = row++;
  }

  std::string draw() {
    long height = rows_end_ + 70;
    std::string summary = summary_text(analysis_);
    std::string chain = chain_text();
    if (is_letter(summary[0])) summary[0] = static_cast<char>(summary[0] & ~0x20);
    put(kHead, kWidth, height, kWidth, height);
    add_filled(out_,
               "<title id=\"t\">%</title>\n<desc id=\"d\">A bar for each service, from onit's start on. %</desc>\n%",
               summary, chain, kStyle);
    put("<rect class=\"b\" width=\"%\" height=\"%\" rx=\"8\"/>\n", kWidth, height);
    begin_label("h", kMargin, 44);
    add_shortened(out_, summary, 78);
    end_label();
    begin_label("m", kMargin, 67);
    add_shortened(out_, chain, 138);
    end_label();
    draw_axis();
    add_filled(out_, is_dense_ ? "<g class=\"y\">\n" : "<g>\n");
    draw_causes(false);
    draw_causes(true);
    for (std::uint32_t i = kNobody; (i = analysis_.next(i)) != kNobody;) draw_service(analysis_.services[i]);
    put("<rect fill=\"url(#f)\" x=\"%\" y=\"%\" width=\"%\" height=\"%\"/></g>\n", kWidth - kMargin - kFadeWidth,
        kRowsAt, kFadeWidth + 1, rows_end_ - kRowsAt);
    draw_legend();
    add_filled(out_, "</svg>\n");
    return std::move(out_);
  }

 private:
  /// A pattern with numbers in it.
  [[gnu::noinline]] void put(const char* pattern, long a, long b, long c = 0, long d = 0) {
    add_filled(out_, pattern, a, b, c, d);
  }

  [[gnu::noinline]] void begin_label(const char* style, long x, long y) {
    add_filled(out_, "<text class=\"%\" x=\"%\" y=\"%\">", style, x, y);
  }
  [[gnu::noinline]] void end_label() { add_filled(out_, "</text>\n"); }

  std::string chain_text() const {
    std::string text;
    for (std::uint32_t i = analysis_.last; i != kNobody; i = analysis_.services[i].cause) {
      if (!text.empty()) text.insert(0, " \u2192 ");
      text.insert(0, analysis_.services[i].name);
    }
    if (!text.empty()) text.insert(0, "Critical chain: ");
    return text;
  }

  // --- The axis ---

  /// Some room behind the last that happens in the start, so that its text has a place.
  void find_end() {
    std::uint32_t last = std::max(analysis_.ready, 1U);
    std::uint32_t soon = std::min(last, kNever / 4) * 2 + kSoonMs;
    for (const AnalysedService& service : analysis_.services) {
      if (!service.belongs_to_start) continue;
      std::size_t left = History::kFirst;
      for (JsonValue item = service.first_span(); item.exists() && left > 0; item = item.next(), --left) {
        std::uint32_t from = AnalysedSpan(item).from;
        if (from <= soon) last = std::max(last, from);
      }
      // Whoever does not come to an end is shown to take longer than the others.
      if (!service.was_ready()) last = std::max(last, std::min(service.settled, soon));
    }
    end_ = last + std::min(last, kNever - last - 1) / 6 + 1;
    while (step_ + 1 != std::end(kSteps) && end_ / *step_ > kMostTicks) ++step_;
  }

  long x_of(std::uint32_t ms) const {
    long width = kWidth - kMargin - left_;
    return left_ + static_cast<long>(std::int64_t{std::min(ms, end_)} * width / end_);
  }

  long middle_of(const AnalysedService& service) const {
    return kRowsAt + static_cast<long>(service.row) * row_height_ + row_height_ / 2;
  }

  void put_upright(const char* style, std::uint32_t ms, long from, long to) {
    add_filled(out_, "<path class=\"%\" d=\"M%.5 %V%\"/>\n", style, x_of(ms), from, to);
  }

  void draw_axis() {
    for (std::uint64_t ms = 0; ms <= end_; ms += *step_) {
      auto moment = static_cast<std::uint32_t>(ms);
      put_upright("g", moment, kTicksAt + 8, rows_end_ + 4);
      begin_label("m mid", x_of(moment), kTicksAt);
      add_tick(out_, moment, *step_);
      end_label();
    }
    if (!analysis_.are_all_ready()) return;
    put_upright("a", analysis_.ready, kTicksAt + 8, rows_end_ + 4);
    begin_label("c mid", x_of(analysis_.ready), rows_end_ + 18);
    add_filled(out_, "all ready %", Millis{analysis_.ready});
    end_label();
  }

  // --- The rows ---

  /// Lines from those that were waited for down to those that waited.
  void draw_causes(bool critical) {
    for (const AnalysedService& service : analysis_.services) {
      if (service.cause == kNobody || service.is_critical != critical || service.begun > end_) continue;
      put_upright(critical ? "l" : "k", service.begun, middle_of(analysis_.services[service.cause]),
                  middle_of(service));
    }
  }

  void draw_service(const AnalysedService& service) {
    long middle = middle_of(service);
    add_filled(out_, "<g><title>%: ", service.name);
    if (service.cause != kNobody) {
      add_filled(out_, "waited % for %, then ", Millis{service.waited()}, analysis_.services[service.cause].name);
    }
    add_words(service);
    add_filled(out_, "</title>");
    begin_label(service.is_critical        ? "c end"
                : service.belongs_to_start ? "end"
                                           : "m end",
                left_ - kRightOfNames, middle + 4);
    add_shortened(out_, service.name, kLongestName);
    end_label();
    // What is up lies under the end of what starts.
    draw_spans(service, middle, false);
    draw_spans(service, middle, true);
    draw_words(service, middle);
    add_filled(out_, "</g>\n");
  }

  void draw_spans(const AnalysedService& service, long middle, bool are_starts) {
    for (JsonValue item = service.first_span(); item.exists(); item = item.next()) {
      AnalysedSpan span(item);
      std::uint8_t shape = kShapes[static_cast<std::size_t>(span.what)];
      if (shape == kNotDrawn || span.from > end_ || (span.what == Span::starting) != are_starts) continue;
      // The end of a oneshot takes no time.
      if (span.what == Span::stopping && span.from == span.to) continue;
      if (are_starts && service.is_critical && span.from < service.ready) ++shape;
      is_used_[shape] = true;
      draw_shape(kLegend[shape].shape, x_of(span.from), std::max(x_of(span.to), x_of(span.from) + 2), middle);
    }
  }

  void draw_shape(const char* shape, long from, long to, long middle) {
    bool is_line = *shape == 'w' || *shape == 'r';
    bool is_dot = *shape == 'o' || *shape == 'e';
    add_filled(out_, "<% class=\"%\"", is_line ? "path" : is_dot ? "circle" : "rect", shape);
    if (is_line) {
      put(" d=\"M% %H%\"/>", from + 2, middle, to - 1);
    } else if (is_dot) {
      put(" cx=\"%\" cy=\"%\" r=\"4\"/>", from + kBehindBar, middle);
    } else {
      long under = *shape == 'u' ? 4 : 0;
      put(" x=\"%\" y=\"%\" width=\"%\" height=\"%\" rx=\"2\"/>", from - under, middle - bar_height_ / 2,
          to - from + under, bar_height_);
    }
  }

  /// How long it took, or what became of it, behind its bar.
  void draw_words(const AnalysedService& service, long middle) {
    bool was_ready = service.was_ready();
    bool is_dot = service.state == (was_ready ? Span::completed : Span::failed);
    std::uint32_t moment = service.has_begun() ? service.begun : service.wanted;
    if (was_ready) moment = service.ready;
    if (!was_ready && service.settled < analysis_.now) moment = service.settled;
    bool is_on_bar = !was_ready && service.state == Span::starting;
    begin_label(is_on_bar              ? ""
                : was_ready && !is_dot ? "m"
                                       : "m v",
                x_of(service.belongs_to_start ? moment : 0) + kBehindBar + (is_dot ? 10 : 0), middle + 4);
    add_words(service);
    end_label();
  }

  void add_words(const AnalysedService& service) {
    if (!service.belongs_to_start) {
      add_filled(out_, service.state == Span::scheduled ? "on schedule" : "not part of the start");
      return;
    }
    out_ += service.was_ready() ? duration_text(Millis{service.took()}) : std::string{span_name(service.state)};
    if (service.tries > 1) add_filled(out_, ", % tries", service.tries);
  }

  void draw_legend() {
    long x = kMargin;
    long y = rows_end_ + 48;
    for (std::size_t i = 0; i < std::size(kLegend); ++i) {
      if (!is_used_[i]) continue;
      const LegendEntry& entry = kLegend[i];
      bool is_dot = *entry.shape == 'o' || *entry.shape == 'e';
      draw_shape(entry.shape, is_dot ? x - 3 : x, x + 22, y - 4);
      x += is_dot ? 16 : 30;
      begin_label("m", x, y);
      add_filled(out_, entry.text);
      end_label();
      x += static_cast<long>(std::strlen(entry.text)) * 6 + 22;
    }
  }

  Analysis& analysis_;
  bool is_dense_;
  long row_height_;
  long bar_height_;
  long left_;
  long rows_end_;
  std::uint32_t end_;  ///< of the axis, in milliseconds
  const std::uint32_t* step_ = kSteps;
  bool is_used_[std::size(kLegend)]{};
  std::string out_;
};

}  // namespace

std::string plot_text(Analysis& analysis) { return Plot(analysis).draw(); }

}  // namespace onit
