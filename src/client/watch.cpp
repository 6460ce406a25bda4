#include "client/watch.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "client/failure.hpp"
#include "client/output.hpp"
#include "client/target.hpp"
#include "control/client.hpp"
#include "core/exit_code.hpp"
#include "os/clock.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// For the ages.
constexpr Millis kEachSecond{1000};
/// However much happens: more than this nobody sees, and onit has other things to do.
constexpr Millis kBetweenScreens{100};
/// Added to the number of the signal that should have ended this process.
constexpr int kSignalled = 128;

// The other screen and back, the cursor away and back, home. Source: console_codes(4), xterm's control sequences.
constexpr char kEnter[] = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr char kLeave[] = "\x1b[?25h\x1b[?1049l";
constexpr char kHome[] = "\x1b[H";
constexpr char kEraseBelow[] = "\x1b[J";
constexpr char kEraseLine[] = "\x1b[K";
constexpr char kSequence[] = "\x1b[";
constexpr char kNoColour[] = "\x1b[m";

class Watch {
 public:
  Watch(const ControlCommand& command, const std::vector<std::string>& places, bool has_colour)
      : command_(command), places_(places), has_colour_(has_colour) {}

  int run();

 private:
  enum class News { none, something, quit };

  std::optional<NoAnswer> follow();
  void take_signals();
  bool look();
  void enter();
  void leave();
  void draw();
  std::string status();
  News wait();
  bool is_late() const { return deadline_ && monotonic_now() >= *deadline_; }
  News on_signal();
  News on_key();
  News on_event();

  const ControlCommand& command_;
  const std::vector<std::string>& places_;
  bool has_colour_;
  bool has_keys_ = false;
  int signal_ = 0;  ///< that ends this
  termios before_{};
  Fd signals_{};
  Fd events_{};
  bool has_ended_ = false;  ///< onit
  Instant followed_{};      ///< when it was asked for events
  Instant drawn_{};
  Instant due_{};
  Deadline deadline_{};  ///< of all this
};

void Watch::enter() {
  if (has_keys_) {
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &keys);
  }
  print_all(STDOUT_FILENO, kEnter);
}

void Watch::leave() {
  print_all(STDOUT_FILENO, kLeave);
  if (has_keys_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

std::string Watch::status() {
  auto answer = ask_onit(places_, HttpMethod::get, target_of(command_, nullptr, has_colour_), kAnswerPatience);
  // It may only be slow; that it has ended, its events say.
  if (!answer.ok()) return concat("onitctl: ", words_of(answer.error(), kAnswerPatience), "\n");
  std::string& text = answer.value().body;
  if (!text.ends_with('\n')) text += '\n';
  return std::move(text);
}

void Watch::draw() {
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  std::size_t rows = size.ws_row > 0 ? size.ws_row : 24;
  std::size_t columns = size.ws_col > 0 ? size.ws_col : 80;
  print_all(STDOUT_FILENO, concat(kHome, screen_of(status(), rows, columns)));
  drawn_ = monotonic_now();
  due_ = drawn_ + kEachSecond;
}

Watch::News Watch::on_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info) return News::none;
  auto number = static_cast<int>(info.ssi_signo);
  if (number == SIGTSTP) {
    leave();
    stop_self();
    enter();
  }
  if (number == SIGCONT || number == SIGTSTP || number == SIGWINCH) return News::something;
  signal_ = number;
  return News::quit;
}

Watch::News Watch::on_key() {
  char keys[64];
  ssize_t count = ::read(STDIN_FILENO, keys, sizeof keys);
  if (count <= 0) return News::quit;  // the terminal is gone
  std::string_view pressed{keys, static_cast<std::size_t>(count)};
  return pressed.find('q') != pressed.npos ? News::quit : News::none;
}

/// That something has happened is all that is wanted of it.
Watch::News Watch::on_event() {
  char bytes[4096];
  ssize_t count = ::recv(events_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0) return News::none;
  if (count > 0) return News::something;
  events_.reset();
  // Either onit has ended, which is to be seen at once, or we were too slow for it, or turned away as too many ask: the
  // next try is not to come at once then.
  due_ = std::max(monotonic_now(), followed_ + kEachSecond);
  return News::none;
}

Watch::News Watch::wait() {
  pollfd sources[] = {
      {signals_.get(), POLLIN, 0}, {events_.get(), POLLIN, 0}, {has_keys_ ? STDIN_FILENO : -1, POLLIN, 0}};
  auto left = std::max(std::min(due_, deadline_.value_or(due_)) - monotonic_now(), Millis{0});
  if (::poll(sources, std::size(sources), static_cast<int>(left.count())) <= 0) return News::none;
  if (sources[0].revents != 0) return on_signal();
  if (sources[2].revents != 0) return on_key();
  return on_event();
}

/// Asks to be sent what happens. Returns why that is not possible.
std::optional<NoAnswer> Watch::follow() {
  ControlCommand events;
  events.verb = VerbId::events;
  events.services = command_.services;
  events.follow = true;
  auto begun =
      begin_asking(places_, HttpMethod::get, target_of(events, nullptr, false), monotonic_now() + kAnswerPatience);
  if (!begun.ok()) return begun.error();
  events_ = std::move(begun.value().socket);
  followed_ = monotonic_now();
  return std::nullopt;
}

/// From here on signals wait until they are asked for, as the terminal has to be left as it was.
void Watch::take_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH}) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = Fd{::signalfd(-1, &set, SFD_CLOEXEC)};
}

/// Shows how things are, as soon as that is due, and waits. Returns false at the end.
bool Watch::look() {
  Instant now = monotonic_now();
  if (now >= due_) {
    auto failure = events_.valid() ? std::nullopt : follow();
    // Who is only late has not ended.
    has_ended_ = failure && !failure->is_late;
    if (has_ended_) return false;
    draw();
  }
  News news = wait();
  if (news == News::something) due_ = std::min(due_, drawn_ + kBetweenScreens);
  return news != News::quit && !is_late();
}

int Watch::run() {
  if (command_.timeout) deadline_ = monotonic_now() + *command_.timeout;
  if (auto failure = follow()) {
    tell(words_of(*failure, kAnswerPatience));
    return kUsageExitCode;
  }
  has_keys_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
  take_signals();
  enter();
  while (look()) continue;
  leave();
  if (has_ended_) print_all(STDOUT_FILENO, "onit has ended\n");
  if (signal_ == 0) return is_late() ? kLateExitCode : 0;
  die_by(signal_, false);
  return kSignalled + signal_;
}

/// Appends what of a line fits into so many columns. The row is erased first: behind a line that fills it a terminal
/// would erase the last character.
void append_cut(std::string& screen, std::string_view line, std::size_t columns) {
  screen += kEraseLine;
  bool has_colour = false;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line.substr(i).starts_with(kSequence)) {
      std::size_t end = std::min(line.find_first_not_of("0123456789;", i + 2), line.size() - 1);
      screen.append(line.substr(i, end + 1 - i));
      has_colour = true;
      i = end;
      continue;
    }
    bool begins_character = (line[i] & 0xc0) != 0x80;
    if (begins_character && ++column > columns) break;
    if (!is_control(line[i])) screen.append(1, line[i]);
  }
  if (has_colour) screen += kNoColour;
}

}  // namespace

std::string screen_of(std::string_view text, std::size_t rows, std::size_t columns) {
  auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  std::size_t shown = lines <= rows ? lines : rows - 1;
  std::string screen;
  for (std::size_t i = 0; i < shown; ++i) {
    std::size_t end = text.find('\n');
    if (i > 0) screen += "\r\n";
    append_cut(screen, text.substr(0, end), columns);
    text.remove_prefix(end + 1);
  }
  if (shown < lines) {
    if (shown > 0) screen += "\r\n";
    append_cut(screen, filled("\u2026 % more", lines - shown), columns);
  }
  if (lines < rows) screen.append(lines > 0 ? "\r\n" : "").append(kEraseBelow);
  return screen;
}

int watch_status(const ControlCommand& command, const std::vector<std::string>& places, bool has_colour) {
  if (!command.json && ::isatty(STDOUT_FILENO) == 1) return Watch(command, places, has_colour).run();
  tell("status: --watch needs a terminal, and no --json; 'onitctl events --follow' does not");
  return kUsageExitCode;
}

}  // namespace onit
