# make demo, make test: the two commands of the README. The others are below them.

SWIFT ?= swift
PREFIX ?= /usr/local
# One self-contained binary: the Swift libraries are linked in. Information for debuggers, and passes
# of the compiler that change nothing we could measure, would be a fifth of a cold build.
SKIPPED = dead-store-elimination loop-invariant-code-motion redundant-load-elimination release-hoisting
RELEASE = -c release --static-swift-stdlib -debug-info-format none \
	$(foreach pass,$(SKIPPED),-Xswiftc -Xllvm -Xswiftc -sil-disable-pass=$(pass))
BIN = .build/release/creditmeter
# Debian's packages with what the code is built on.
LIBRARIES = libcurl4-openssl-dev libsqlite3-dev libssl-dev libyaml-dev libzstd-dev zlib1g-dev
SOURCES = Sources pricing reports Tests Benchmarks Package.swift

.PHONY: demo test build test-faults test-focus test-pages test-service test-fuzz screenshots fuzz lint format bench bench-forecast bench-serve install clean

demo: build
	@env -u CREDITMETER_BOOK $(BIN) demo

test:
	@scripts/require $(LIBRARIES) prometheus-alertmanager python3 python3-aiosmtpd sqlite3 strace zstd
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

build:
	@scripts/require $(LIBRARIES)
	$(SWIFT) build $(RELEASE) --product creditmeter

# kill -9, failing and full disks, power cuts, other writers, hostile files.
test-faults: build
	@scripts/require python3 strace
	@Tests/Faults/run $(BIN)

# The FOCUS export, by the FinOps Foundation's own validator.
test-focus: build
	@Tests/Focus/run $(BIN)

# The HTML pages in a browser: nothing overflows, nothing is asked of a network, text stays text.
test-pages: build
	@scripts/require chromium python3
	$(SWIFT) build $(RELEASE) --product PageWriter
	@Tests/Browser/run $(BIN)

# The service from outside: killed, stopped, talked to wrongly, slowly, and by tools of others.
test-service: build
	@scripts/require prometheus python3 python3-venv
	@Tests/Service/run $(BIN)

# Pictures of the dashboard and of a report, from the sample.
screenshots: build
	@scripts/require chromium python3
	$(SWIFT) build $(RELEASE) --product PageWriter
	@Tests/Browser/screenshots $(BIN) docs/images

# The same damaged inputs each time, some seconds for each reader.
test-fuzz:
	@Tests/Fuzz/run --fixed

# What the readers do not expect, a minute for each of them.
fuzz:
	@Tests/Fuzz/run

lint:
	$(SWIFT) format lint --strict -r $(SOURCES)

format:
	$(SWIFT) format format -i -r $(SOURCES)

# Every figure beside its peer, in one run.
bench: build
	@scripts/require python3 sqlite3
	$(SWIFT) build $(RELEASE) --product RouteMatchingBenchmark
	@Benchmarks/run .build/release
	@Benchmarks/alerts/run .build/release
	@scripts/require goaccess python3-venv || true
	@Benchmarks/ingest/run .build/release
	@Benchmarks/report/run .build/release

# Forecasts beside those of others, over real and simulated series.
bench-forecast: build
	@scripts/require python3 python3-venv
	$(SWIFT) build $(RELEASE) --product ForecastBenchmark
	@Benchmarks/forecast/run .build/release

# The service beside a route that says hello.
bench-serve: build
	@scripts/require hey python3 wrk
	$(SWIFT) build $(RELEASE) --product HelloBenchmark
	@Benchmarks/serve/run .build/release --soak 10

# Builds only what is not there, so that `sudo make install` needs no Swift for root.
install:
	@test -x $(BIN) || $(MAKE) build
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(BIN) "$(DESTDIR)$(PREFIX)/bin/creditmeter"

clean:
	rm -rf .build
