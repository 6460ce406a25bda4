# onit. `make help` lists what there is to make; CMakePresets.json says how each build differs.

PREFIX  ?= /usr/local
DESTDIR ?=
LINKS   ?=

.DEFAULT_GOAL := all
.PHONY: all help test demo bench dev plain coverage aarch64 fuzz documents install clean

# $(call build,PRESET)
define build
	@cmake --preset $(1) >build/$(1).log 2>&1 || { cat build/$(1).log >&2; exit 1; }
	@cmake --build --preset $(1)
endef

all: | build ## the release binary, build/onit (static; also installs the packages that this takes)
	@scripts/setup build
	$(call build,release)

test: | build ## build everything and run all tests; TIERS="unit sim" runs only some
	@scripts/setup test engines
	@scripts/test $(TIERS)

demo: all ## show what onit does
	@scripts/setup demo
	demo/run

bench: all ## measure it against tini, dumb-init and catatonit, with services against s6, runit and supervisor
	@scripts/setup bench
	bench/run

dev: | build ## the build for daily work: clang, debug, address and undefined-behaviour sanitizers (build/dev)
	@scripts/setup test
	$(call build,dev)

plain: | build ## optimized, on glibc, no sanitizer: the simulator and the test helpers (build/plain)
	@scripts/setup test
	$(call build,plain)

coverage: | build ## which lines the unit tests and the simulator reach (build/coverage/index.html)
	@scripts/setup coverage
	$(call build,coverage)
	@find build/coverage -name '*.gcda' -delete
	build/coverage/unit_tests
	build/coverage/sim_tests --histories 10000 --seed 1
	gcovr --root . --filter src/ --gcov-executable gcov-12 --exclude-throw-branches --print-summary \
	  --html-details build/coverage/index.html build/coverage

aarch64: | build ## the release binary for 64-bit ARM, build/onit-aarch64
	@scripts/setup aarch64
	$(call build,release-aarch64)

fuzz: | build ## the fuzz targets (of build/dev) and the control socket, a short run of each
	@scripts/setup fuzz
	@scripts/test socket fuzz

documents: plain ## write man/onitctl.1, man/onit.toml.5, completions/ and docs/services-reference.md from the tables
	build/plain/documents .

install: ## install build/onit, onitctl, manual pages, completions under $(DESTDIR)$(PREFIX); LINKS="tini run" or all: links
	@test -f build/onit || { echo "there is no build/onit yet: run make first" >&2; exit 1; }
	install -D -m 755 build/onit $(DESTDIR)$(PREFIX)/bin/onit
	ln -sfn onit $(DESTDIR)$(PREFIX)/bin/onitctl
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 man/onit.1 man/onitctl.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 man/onit.toml.5
	install -D -m 644 completions/onit.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/onit
	install -D -m 644 completions/onitctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/onitctl
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/zsh/site-functions completions/_onit completions/_onitctl
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d completions/onit.fish completions/onitctl.fish
ifneq ($(LINKS),)
	$(DESTDIR)$(PREFIX)/bin/onit --link $(DESTDIR)$(PREFIX)/bin $(filter-out all,$(LINKS))
endif

clean: ## remove build/ (the compiled C++ library stays in .toolchain/)
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build:
	@mkdir -p build
