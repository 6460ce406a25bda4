// What is said about the start of services.

#include "base/duration.hpp"
#include "base/text.hpp"
#include "client/analysis.hpp"
#include "client/json_page.hpp"
#include "client/plot.hpp"

namespace onit {
namespace {

Millis time_of(std::uint32_t ms) { return Millis{ms}; }

/// In a column of that width, at its right edge; a dash where there is no such time.
void add_right(std::string& text, bool is_known, std::uint32_t ms, std::size_t width) {
  std::string cell = is_known ? duration_text(time_of(ms)) : "-";
  if (cell.size() < width) text.append(width - cell.size(), ' ');
  text += cell;
}

/// What there is to say of a service that was not simply ready: " (2 tries, failed)".
void add_remark(std::string& text, const AnalysedService& service) {
  bool was_ready = service.was_ready();
  const char* state = was_ready ? "" : span_name(service.state);
  if (service.tries > 1) {
    add_filled(text, " (% tries%%)", service.tries, was_ready ? "" : ", ", state);
  } else if (!was_ready) {
    add_filled(text, " (%)", state);
  }
}

}  // namespace

std::string summary_text(const Analysis& analysis) {
  std::string text;
  if (analysis.count == 0) {
    add_filled(text, "no service was to run from the start");
  } else if (analysis.are_all_ready()) {
    add_filled(text, analysis.count == 1 ? "% service was ready after %" : "all % services were ready after %",
               analysis.count, time_of(analysis.ready));
  } else {
    add_filled(text, "% of % services became ready", analysis.ready_count, analysis.count);
    if (analysis.ready_count != 0) add_filled(text, ", the last after %", time_of(analysis.ready));
    const char* separator = "; not ";
    for (const AnalysedService& service : analysis.services) {
      if (!service.belongs_to_start || service.was_ready()) continue;
      add_filled(text, "%%", separator, service.name);
      add_remark(text, service);
      separator = ", ";
    }
  }
  return text;
}

std::string blame_text(Analysis& analysis) {
  std::string text = summary_text(analysis);
  add_filled(text, analysis.count == 0 ? "\n" : "\n\n    TOOK    WAITED  SERVICE\n");
  for (AnalysedService& service : analysis.services) service.key = kNever - service.took();
  for (std::uint32_t i = kNobody; (i = analysis.next(i)) != kNobody;) {
    const AnalysedService& service = analysis.services[i];
    if (!service.belongs_to_start) continue;
    add_right(text, service.has_begun(), service.took(), 8);
    add_right(text, service.waited() != 0, service.waited(), 10);
    add_filled(text, "  %", service.name);
    add_remark(text, service);
    text += '\n';
  }
  return text;
}

std::string critical_chain_text(const Analysis& analysis) {
  std::string text = summary_text(analysis);
  add_filled(text,
             analysis.last == kNobody
                 ? "\n"
                 : "\nBehind @ stands when a service was ready, behind + how long that took from its own start.\n\n");
  std::size_t indent = 0;
  for (std::uint32_t i = analysis.last; i != kNobody; i = analysis.services[i].cause) {
    const AnalysedService& service = analysis.services[i];
    text.append(indent > 3 ? indent - 3 : 0, ' ');
    add_filled(text, "%% @% +%", indent != 0 ? "\u2514\u2500 " : "", service.name, time_of(service.ready),
               time_of(service.took()));
    add_remark(text, service);
    text += '\n';
    indent += 3;
  }
  return text;
}

int show_analysis(const ControlCommand& command, const std::vector<std::string>& places) {
  JsonPage page = ask_for_json(command, places, "/v1/analysis");
  if (!page.document) return page.exit_code;
  if (command.json) return print_page(page.document->source());
  Analysis analysis = analyse(page.document->root());
  std::string_view word = command.word != nullptr ? command.word : "";
  return print_page(word == "plot"             ? plot_text(analysis)
                    : word == "critical-chain" ? critical_chain_text(analysis)
                                               : blame_text(analysis));
}

}  // namespace onit
