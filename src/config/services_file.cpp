#include "config/services_file.hpp"

#include <algorithm>
#include <utility>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "config/env_file.hpp"
#include "config/procfile.hpp"
#include "config/services_check.hpp"
#include "config/services_draft.hpp"
#include "config/services_fields.hpp"
#include "config/services_foreign.hpp"
#include "config/services_parts.hpp"
#include "config/services_service.hpp"

namespace onit {
namespace {

/// Nobody writes more, and a device or a log that is named by mistake has more.
constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;
constexpr std::size_t kMaxFiles = 256;
constexpr std::size_t kMostEnvFilesSeen = 64;  // for warnings only
constexpr std::uint64_t kHighestPort = 65535;
/// A file that includes itself under ever new names ends here.
constexpr std::size_t kMaxIncludeDepth = 8;
/// What is wrong as TOML with a file that is none tells little.
constexpr std::size_t kMostForeign = 3;
/// Paths and names that all patterns together may look at: the first process has other things to do.
constexpr std::size_t kMaxIncludeSteps = 100'000;

/// Whether expanding it may find any number of files. Source: glob(7).
bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != path.npos; }

/// `path` as seen from the folder of the file `from`.
std::string relative_to(std::string_view from, std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  std::size_t slash = from.rfind('/');
  if (path.starts_with('/') || slash == from.npos) return std::string{path};
  return std::string{from.substr(0, slash + 1)}.append(path);
}

/// Reads a file and those that it includes into one draft.
class FileReader {
 public:
  explicit FileReader(ServicesRequest& request) : request_(request), in_{request.variables, request.zone_fault} {}

  ServicesRead run();

 private:
  struct Included {
    std::string path;
    Place place;
  };

  Result<std::string, Complaint> load(const std::string& path) const;
  void read(const std::string& path, const std::string& text);
  void read_procfile(const std::string& path, const std::string& text);
  void read_toml(const std::string& path, const std::string& text);
  void read_version(const Fields& fields);
  void read_init(const toml::Table& table);
  void read_services(const toml::Table& table);
  std::vector<Included> find_included(const Fields& fields, const std::string& path);
  void follow(const Included& included);
  void look_into_env_files(const ServicesSpec& spec, std::vector<std::string>& warnings) const;

  ServicesRequest& request_;
  Reading in_;
  ServicesDraft draft_;
  std::size_t steps_ = kMaxIncludeSteps;
  std::vector<std::string> open_;  // the files that are being read, each included by the one before
};

Result<std::string, Complaint> FileReader::load(const std::string& path) const {
  auto text = request_.files.read(request_.files.context, path);
  if (text.ok() && text.value().size() > kMaxFileBytes) return Complaint{"longer than 1 MiB"};
  return text;
}

void FileReader::read(const std::string& path, const std::string& text) {
  in_.file = in_.problems.add_file(path);
  open_.push_back(path);
  is_procfile(path) ? read_procfile(path, text) : read_toml(path, text);
  open_.pop_back();
}

/// Its problems have their places, and their order, already.
void FileReader::read_procfile(const std::string& path, const std::string& text) {
  Place place{in_.file, {}};
  auto own_port = parse_number(request_.variables("PORT").value_or(""), kHighestPort);
  int port = own_port ? static_cast<int>(*own_port) : kProcfilePort;
  std::vector<std::string> problems;
  add_services(draft_.services, parse_procfile(text, path, problems, port), place);
  for (std::string& problem : problems) in_.problems.add_complete(place, std::move(problem));
  in_.has_gaps = in_.has_gaps || !problems.empty();
}

void FileReader::read_toml(const std::string& path, const std::string& text) {
  toml::Document document = toml::parse(text);
  in_.has_gaps = in_.has_gaps || !document.problems.empty();
  std::string_view foreign = document.problems.empty() ? std::string_view{} : explain_foreign_file(text);
  if (!foreign.empty()) {
    in_.problems.add({in_.file, {}}, foreign);
    if (document.problems.size() > kMostForeign) document.problems.resize(kMostForeign);
  }
  for (const toml::Problem& problem : document.problems) in_.problems.add({in_.file, problem.at}, problem.text);
  if (!foreign.empty()) return;

  Fields fields{in_, Section::top, document.root};
  read_version(fields);
  bool is_first = open_.size() == 1;
  for (const char* name : {"init", "log"}) {
    if (!is_first && fields.has(name)) {
      fields.fail(name, "[%] belongs to the first file, %", name, open_.front());
    }
  }
  if (const toml::Table* init = fields.read_table("init"); init && is_first) read_init(*init);
  if (const toml::Table* log = fields.read_table("log"); log && is_first) read_log(in_, Section::log, *log, draft_.log);
  if (const toml::Table* services = fields.read_table("services")) read_services(*services);
  for (const Included& included : find_included(fields, path)) follow(included);
}

void FileReader::read_version(const Fields& fields) {
  const toml::Value* value = fields.find("version");
  if (!value) return;
  const auto* number = std::get_if<std::int64_t>(&value->content);
  if (!number || *number != 1) fields.fail("version", "version: this onit reads version 1");
}

void FileReader::read_init(const toml::Table& table) {
  Fields fields{in_, Section::init, table};
  ServicesSpec& spec = draft_.spec;
  fields.read("stop_grace_period", spec.policy.stop_grace_period);
  fields.read("drain", spec.policy.drain);
  if (fields.read("exit_code_from", draft_.exit_code_from)) draft_.exit_code_place = fields.place("exit_code_from");
  if (fields.read("control", spec.control) && !spec.control.empty()) {
    bool is_path = spec.control.starts_with('/') && spec.control.size() <= kMaxSocketPath;
    if (!is_path) fields.fail("control", "control: write a path from / on, of at most 107 bytes");
  }
  if (fields.read("listen", spec.listen) && !spec.listen.empty() && !is_own_endpoint(spec.listen)) {
    fields.fail("listen", "listen = %: write ADDRESS:PORT or [IPV6]:PORT", quoted(spec.listen));
  }
}

void FileReader::read_services(const toml::Table& table) {
  for (const toml::Entry& entry : table.entries) {
    // One more than there can be, which is told when all are joined.
    if (draft_.services.size() > kMostServices) return;
    draft_.services.push_back(read_service(in_, entry, draft_.log));
  }
}

std::vector<FileReader::Included> FileReader::find_included(const Fields& fields, const std::string& path) {
  std::vector<Included> found;
  std::vector<std::string> patterns;
  if (!fields.read("include", patterns)) return found;
  const auto* values = std::get_if<toml::Array>(&fields.find("include")->content);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    Place place = values ? in_.place((*values)[i]) : fields.place("include");
    std::string pattern = relative_to(path, patterns[i]);
    if (!is_pattern(pattern)) {
      found.push_back({std::move(pattern), place});
      continue;
    }
    for (std::string& file : request_.files.expand(request_.files.context, pattern, steps_)) {
      found.push_back({std::move(file), place});
    }
    if (steps_ > 0) continue;
    in_.has_gaps = true;
    in_.problems.add(place, concat("include: ", quoted(patterns[i]),
                                   ": looking for it takes too long; all patterns "
                                   "together may look at ",
                                   kMaxIncludeSteps, " names"));
    break;
  }
  return found;
}

void FileReader::follow(const Included& included) {
  auto fail = [&](std::string_view why) {
    in_.has_gaps = true;
    in_.problems.add(included.place, "include: %: %", quoted(included.path), why);
  };
  for (const std::string& path : open_) {
    if (path == included.path) return fail("it would include itself");
  }
  if (open_.size() > kMaxIncludeDepth) return fail("files include each other more than 8 deep");
  if (in_.problems.file_count() == kMaxFiles) return fail("more than 256 files");
  auto text = load(included.path);
  if (!text.ok()) return fail(text.error().text);
  read(included.path, text.value());
}

/// Each once, whoever names it. What cannot be read, or has faults, is told when it is needed.
void FileReader::look_into_env_files(const ServicesSpec& spec, std::vector<std::string>& warnings) const {
  if (request_.files.peek == nullptr) return;
  std::vector<std::string> seen;
  for (const ServiceSpec& service : spec.services) {
    for (const std::string& path : service.launch.env_files) {
      if (std::ranges::find(seen, path) != seen.end()) continue;
      if (seen.size() == kMostEnvFilesSeen || warnings.size() >= kMaxEnvFileWarnings) return;
      seen.push_back(path);
      auto text = request_.files.peek(request_.files.context, path);
      if (text.ok()) (void)parse_env_file(text.value(), request_.variables, {&warnings, path});
    }
  }
}

ServicesRead FileReader::run() {
  if (!request_.path.empty()) {
    auto text = load(request_.path);
    if (!text.ok()) return {{}, {filled("%: %", request_.path, text.error().text)}, {}};
    read(request_.path, text.value());
    bool is_bare = draft_.services.empty() && request_.more.empty();
    std::string_view remedy =
        is_procfile(request_.path) ? "NAME: COMMAND" : "[services.NAME] and, below it, command = \"...\"";
    if (is_bare && in_.problems.empty()) in_.problems.add({0, {}}, "there is no service; write %", remedy);
  }
  add_services(draft_.services, std::move(request_.more), {});
  ServicesSpec spec;
  // With gaps names would be missed that are there.
  if (!in_.has_gaps) spec = join_services(std::move(draft_), request_.profiles, in_.problems);
  bool is_idle = in_.problems.empty() && spec.services.empty() && !request_.path.empty();
  if (is_idle) in_.problems.add({0, {}}, "no service is left: each belongs to a profile that is not active");
  std::vector<std::string> warnings = in_.warnings.take();
  look_into_env_files(spec, warnings);
  return {std::move(spec), in_.problems.take(), std::move(warnings)};
}

}  // namespace

ServicesRead read_services(ServicesRequest request) { return FileReader{request}.run(); }

}  // namespace onit
