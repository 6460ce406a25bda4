#include "base/text.hpp"
#include "import_text.hpp"

namespace onit {
namespace {

using Strings = std::vector<std::string>;

std::string read(std::string_view text) { return imported(text, ImportFormat::compose); }

/// The service `s` with these lines, beside a `db` with a healthcheck and a `job`.
ServiceSpec service(const std::string& lines) {
  auto services = services_of(
      "services:\n  db: {command: postgres, healthcheck: {test: [CMD, pg_isready]}}\n"
      "  job: {command: work}\n  s:\n" +
          lines,
      ImportFormat::compose);
  REQUIRE(services.size() == 3);
  return services[2];
}

Strings command(const std::string& text) { return service("    command: " + text + "\n").launch.command; }
Strings probe(const std::string& text) {
  ServiceSpec spec = service("    command: x\n    healthcheck: {test: " + text + ", interval: 1m30s, retries: 2}\n");
  REQUIRE(spec.health.has_value());
  CHECK(spec.policy.health->interval == Millis{90'000});
  CHECK(spec.policy.health->retries == 2);
  return spec.health->command;
}

}  // namespace

TEST_CASE("a command is words, with the entrypoint in front of them") {
  CHECK(command("a 'b c' \"$$d\"") == Strings{"a", "b c", "$d"});
  CHECK(command("[a, 'b c', 1]") == Strings{"a", "b c", "1"});
  CHECK(command("b\n    entrypoint: [a, -x]") == Strings{"a", "-x", "b"});
  CHECK(command("sh -c 'exec a $$HOME'") == Strings{"/bin/sh", "-c", "exec a $HOME"});
  CHECK(command("a ${HOST:-x}") == Strings{"a", "outside"});
  CHECK(has(read("services: {s: {image: x}}"), "command = [\"false\"]   # that of the image"));
}

TEST_CASE("conditions are ours, and those that can never hold become others with a comment") {
  ServiceSpec spec = service(
      "    command: x\n    depends_on:\n      db: {condition: service_healthy}\n"
      "      job: {condition: service_completed_successfully}\n");
  REQUIRE(spec.policy.depends_on.size() == 2);
  CHECK(spec.policy.depends_on[0].condition == Condition::healthy);
  CHECK(spec.policy.depends_on[1].condition == Condition::completed);
  CHECK(service("    command: x\n    depends_on: [db]\n").policy.depends_on.at(0).condition == Condition::started);
  std::string text =
      read("services: {a: {command: x}, b: {command: y, depends_on: {a: {condition: service_healthy}}}}");
  CHECK(has(text, "depends_on = [\"a\"]"));
  CHECK(has(text, "# depends_on a = service_healthy: it has no test here"));
}

TEST_CASE("who is waited for until it ends is a oneshot, also if Docker would start it again") {
  std::string text = read(
      "services:\n  a: {command: x, restart: always, healthcheck: {test: t}}\n"
      "  b: {command: y, depends_on: {a: {condition: service_completed_successfully}}}\n");
  CHECK(has(text, "type = \"oneshot\""));
  CHECK(has(text, "restart = \"on-failure\""));
  CHECK(has(text, "# healthcheck = {test: t}: a oneshot has a timeout in its place"));
  CHECK(ServicesText{text}.spec().services.size() == 2);
}

TEST_CASE("restarts have no limit, unless there is one") {
  CHECK(service("    command: x\n    restart: unless-stopped\n").policy.max_restarts == 0);
  CHECK(service("    command: x\n    restart: on-failure:3\n").policy.max_restarts == 3);
  CHECK(service("    command: x\n    restart: on-failure:5\n").policy.max_restarts == 5);
  CHECK(service("    command: x\n    deploy: {restart_policy: {max_attempts: 5}}\n").policy.max_restarts == 5);
  CHECK(service("    command: x\n    deploy: {restart_policy: {max_attempts: }}\n").policy.max_restarts == 0);
  CHECK(service("    command: x\n    restart: on-failure:x\n").policy.max_restarts == 0);
  CHECK(service("    command: x\n    restart: \"no\"\n").policy.restart == RestartPolicy::no);
  CHECK(service("    command: x\n    restart: no\n").policy.restart == RestartPolicy::no);
  ServiceSpec spec =
      service("    command: x\n    deploy: {restart_policy: {condition: on-failure, delay: 5s, window: 2m}}\n");
  CHECK(spec.policy.restart == RestartPolicy::on_failure);
  CHECK(spec.policy.restart_delay == Millis{5000});
  CHECK(spec.policy.restart_window == Millis{120'000});
}

TEST_CASE("a health check is a command, with a shell only if it needs one") {
  CHECK(probe("[CMD, a, b]") == Strings{"a", "b"});
  CHECK(probe("curl -f http://localhost || exit 1") == Strings{"curl", "-f", "http://localhost"});
  CHECK(probe("[CMD-SHELL, 'a | b || exit 1']") == Strings{"/bin/sh", "-c", "a | b || exit 1"});
  CHECK(probe("[CMD-SHELL, a, b]") == Strings{"/bin/sh", "-c", "a", "b"});
  CHECK_FALSE(service("    command: x\n    healthcheck: {test: [NONE]}\n").health.has_value());
  CHECK_FALSE(service("    command: x\n    healthcheck: {test: x, disable: true}\n").health.has_value());
}

TEST_CASE("variables are a mapping or a list, and those without a value are there anyway") {
  for (const char* text : {"{A: 1, B: 'x=y', C: }", "[A=1, B=x=y, C]"}) {
    ServiceSpec spec = service(std::string{"    command: x\n    environment: "} + text + "\n");
    REQUIRE(spec.launch.environment.size() == 2);
    CHECK(spec.launch.environment[0].value == "1");
    CHECK(spec.launch.environment[1].value == "x=y");
  }
}

TEST_CASE("what is the same here is taken over") {
  ServiceSpec spec = service(
      "    command: x\n    user: 1000\n    working_dir: /w\n    stop_signal: INT\n    stop_grace_period: 8s\n"
      "    env_file:\n      - a.env\n      - {path: b.env, required: false}\n    group_add: [g]\n"
      "    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}\n    cap_drop: [ALL]\n    cap_add: [CHOWN]\n"
      "    security_opt: [no-new-privileges]\n    oom_score_adj: 5\n    mem_limit: 64m\n    cpus: 1.5\n"
      "    deploy: {resources: {limits: {pids: 9}}}\n");
  CHECK(spec.launch.user == "1000");
  CHECK(spec.launch.working_dir == "/w");
  CHECK(spec.policy.stop_signal == 2);
  CHECK(spec.policy.stop_grace_period == Millis{8000});
  CHECK(spec.launch.env_files == Strings{"a.env", "b.env"});
  CHECK(spec.launch.ulimits.size() == 2);
  CHECK(spec.launch.capabilities == 1U);
  CHECK(spec.launch.no_new_privs);
  CHECK(spec.launch.oom_score_adj == 5);
  CHECK(spec.launch.control_group.memory_max == 64U << 20);
  CHECK(spec.launch.control_group.cpu_max == 1500U);
  CHECK(spec.launch.control_group.pids_max == 9U);
}

TEST_CASE("a limit that is none to Docker is left out") {
  for (const char* limits : {"    mem_limit: 0\n    pids_limit: -1\n    cpus: 0\n",
                             "    deploy: {resources: {limits: {memory: \"0\", pids: -1, cpus: \"0\"}}}\n"}) {
    ControlGroupSpec group = service(concat("    command: x\n", limits)).launch.control_group;
    CHECK_FALSE(group.memory_max.has_value());
    CHECK_FALSE(group.pids_max.has_value());
    CHECK_FALSE(group.cpu_max.has_value());
  }
  CHECK(has(read("services: {s: {command: x, mem_limit: 0}}"), "not needed: mem_limit."));
}

TEST_CASE("what Docker adds to its own capabilities takes none away") {
  for (const char* added : {"SYS_NICE", "ALL"}) {
    std::string lines = std::string{"    command: x\n    cap_add: ["} + added + "]\n";
    CHECK_FALSE(service(lines).launch.capabilities.has_value());
    CHECK(has(read("services:\n  s:\n" + lines), std::string{"# cap_add = "} + added + ": the container has"));
  }
}

TEST_CASE("what is not here is a comment") {
  std::string text = read(
      "x-a: 1\nvolumes: {v: }\nservices:\n  main:\n    command: x\n    ports: [80]\n    image: i\n    unknown: 1\n"
      "    tty: true\n    cap_drop: [CHOWN]\n    privileged: false\n    extends: {service: y}\n");
  for (const char* part :
       {"# Of the container, not of what runs in it: x-a, volumes.", "[services._main]", "# name = main\n",
        "# image = i\n", "# tty = true: write stdin", "# cap_drop = CHOWN: list", "# extends = {service: y}: put in",
        "what runs in it: ports, unknown.", "not needed: privileged."}) {
    CAPTURE(part);
    CHECK(has(text, part));
  }
}

TEST_CASE("what cannot be meant is told with its place") {
  CHECK(read("a: [b") == "f:1:6: ',' or ']' belongs here");
  CHECK(read("a: b") == "f:1:1: there are no services: in it");
  CHECK(has(read("services:\n  a: x\n  b: {command: 'a \"b'}\n"), "f:2:3: 'a' is no mapping\nf:3:16: a quote is not"));
  CHECK(has(read("services: {a: {command: x, depends_on: [b]}}"), "f:1:41: depends_on: there is no service 'b'"));
  CHECK(has(read("services: {a: {command: x, environment: b}}"), "f:1:41: 'environment' is a text here"));
  CHECK(has(read("services: {a: {command: x, environment: [1=2]}}"), "f:1:42: environment: '1' is no variable"));
  CHECK(has(read("services: {a: {}, b: {depends_on: {a: {condition: ok}}}}"), "depends_on: 'ok' is unknown"));
}

TEST_CASE("what would become far too large is given up") {
  std::string text = "x: &x \"" + std::string(4000, '%') + "\"\ny: &y [";
  for (int i = 0; i < 1000; ++i) text += "*x, ";
  text += "]\nservices:\n";
  for (int i = 0; i < 40; ++i) text += "  s" + std::to_string(i) + ": {command: *y}\n";
  CHECK(has(read(text), "too large"));
}

}  // namespace onit
