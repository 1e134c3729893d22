# The two commands: `make demo` (hear it) and `make test` (all that CI runs, word for word).
# Both install what they need first; the stamps in .venv make that happen once.

SHELL := /bin/sh
# What is compiled is kept, whatever the caller's shell says: a hundred programs are started by the tests.
export PYTHONDONTWRITEBYTECODE =
VENV := .venv/bin
LOCKS := edge central demo dev
SETUP := provisioning/setup.sh pyproject.toml
ROOMS := contract render edge central provisioning images tests

.DEFAULT_GOAL := help
.PHONY: help demo test fast format lint types walls suite fix bench bench-fanout bench-desk bench-emergency rehearse cuts gpio screens drills test-postgres attack image mutants fuzz cap wycheproof tuf-conformance setup locks clean

help: ## say what can be asked
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.ready-demo ## one notice from central to a sounding appliance (AUDIO=file, ONCE=1)
	$(VENV)/python -m provisioning demo $(if $(ONCE),--once) $(if $(AUDIO),--audio "$(AUDIO)")

test: fast suite ## format, lint, types, walls, tests: what CI runs

fast: format lint types walls ## the quick half of `make test`

format: .venv/.ready-test
	$(VENV)/ruff format --check .

lint: .venv/.ready-test
	$(VENV)/ruff check .

types: .venv/.ready-test
	$(VENV)/mypy

walls: .venv/.ready-test
	$(VENV)/lint-imports

suite: .venv/.ready-test
	$(VENV)/python -m tests

fix: .venv/.ready-test ## let the formatter and the linter mend what they can
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

bench: .venv/.ready-test ## the rigs under bench/, one after the other; prints figures, judges none
	@for rig in bench/broadcast.py bench/live.py bench/plan.py bench/seal.py bench/store.py; do echo "== $$rig"; $(VENV)/python "$$rig" || exit 1; done

bench-desk: .venv/.ready-test ## what the emergency desk costs the processor with 10,000 appliances (two minutes)
	$(VENV)/python bench/desk.py $(if $(KEEP),--keep)

# Debian's mosquitto, nats-server and a C compiler are installed where they are missing (root), as for the tests.
bench-fanout: .venv/.ready-test ## one warning to 10,000 streams, beside mosquitto, NATS and a bare epoll loop (ten minutes)
	$(VENV)/python bench/fanout.py $(if $(KEEP),--keep)

# Debian's liquidsoap, mpv and ffmpeg are installed where they are missing (root).
bench-emergency: .venv/.ready-test ## from the signed warning to the first sample and the first word, beside players of Debian (seven minutes)
	$(VENV)/python -m bench.emergency $(if $(KEEP),--keep)

rehearse: .venv/.ready-test ## thirty simulated days with faults drawn at random, for three seeds (some minutes each)
	@for seed in 1 2 3; do $(VENV)/python -m tests.rehearsal --seed $$seed --days 30 || exit 1; done

cuts: .venv/.ready-test ## a thousand power cuts under a real file system (root; ten minutes)
	$(VENV)/python bench/power_cut.py

gpio: .venv/.ready-test ## relays and inputs on a real kernel's GPIO, in QEMU (root; two minutes)
	$(VENV)/python bench/gpio

screens: .venv/.ready-test ## the console's stories on a desk and on a wall too, not on a phone alone (a quarter of an hour)
	TIENGLANG_SCREENS=all $(VENV)/python -m pytest -n 2 --dist loadscope tests/central/console

drills: .venv/.ready-test ## the worst nights at real appliances, with recorded sound: a taken-over server, four doors at once, a full card … (eleven minutes)
	$(VENV)/python -m pytest -m drill tests/journeys tests/render tests/edge/arrival

test-postgres: .venv/.ready-test ## central's tests on PostgreSQL instead of SQLite (half an hour)
	TIENGLANG_TEST_DATABASE=postgresql $(VENV)/python -m pytest -n 2 --dist loadscope tests/central

attack: .venv/.ready-test ## everything that the interface's own description allows, and more (a quarter of an hour)
	TIENGLANG_ATTACKS=50 $(VENV)/python -m pytest tests/central/test_openapi.py

mutants: .venv/.ready-test ## delete each line that verifies something; a test must miss it (an hour)
	$(VENV)/python bench/mutants.py

fuzz: .venv/.ready-test ## a million and more damaged papers, keyrings, requests and codes (CASES=n; minutes)
	$(VENV)/python bench/fuzz.py --cases $(or $(CASES),1000000) --keep

cap: .venv/.ready-test ## public CAP samples and the OASIS schema against ours (SAMPLES=folder; bench/cap.py says what)
	$(VENV)/python bench/cap.py $(SAMPLES) --keep

wycheproof: .venv/.ready-test ## the public Ed25519 vectors against our seal (VECTORS=file; says how to get it)
	@$(VENV)/python bench/wycheproof.py $(VECTORS)

# The suite's own keywords and versions stay in its folder; only its tests are run, with our Python.
tuf-conformance: .venv/.ready-test ## the public suite of TUF clients over our chain: SUITE=dir (a quarter of an hour)
	@test -d "$(SUITE)/tuf_conformance" || { echo "SUITE=dir names no tuf-conformance; get it with:"; \
	  echo "  git clone https://github.com/theupdateframework/tuf-conformance dir"; exit 1; }
	@command -v faketime >/dev/null || { echo "the suite needs faketime: apt-get install faketime"; exit 1; }
	PYTHONPATH="$(SUITE)" $(VENV)/python -m pytest -q -c "$(SUITE)/pyproject.toml" --rootdir "$(SUITE)" \
	  -p no:cacheprovider -p no:randomly "$(SUITE)/tuf_conformance" \
	  --entrypoint "$(CURDIR)/$(VENV)/python -m tests.tuf_client"

# Root, and Debian's tools; it names those that are missing.
image: .venv/.ready-test ## the card for a Raspberry Pi: dist/tienglang.img (root; ten minutes, two when kept)
	$(VENV)/python -m images

setup: .venv/.ready-test ## install all that demo, test and bench need

# After a change of dependencies. One lock serves Python 3.11 to 3.13 on any Linux; the resolver's
# own choice of index is not written down, so that a mirror serves as well as the original.
locks: ## resolve pyproject.toml into requirements/*.txt again
	@set -e; for lock in $(LOCKS); do \
	  case $$lock in \
	    demo) extras="--extra edge --extra central --extra provisioning" ;; \
	    dev) extras="--extra edge --extra central --extra provisioning --extra dev" ;; \
	    *) extras="--extra $$lock" ;; \
	  esac; \
	  $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --upgrade \
	    pyproject.toml requirements/build.in $$extras --output-file requirements/$$lock.txt; \
	  echo "resolved requirements/$$lock.txt"; \
	done

clean: ## forget what was installed and measured here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist tienglang.egg-info
	find $(wildcard $(ROOMS)) -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed for the tests serves the demo too.
.venv/.ready-test: requirements/dev.txt $(SETUP)
	@provisioning/setup.sh test
	@touch .venv/.ready-demo $@

.venv/.ready-demo: requirements/demo.txt $(SETUP)
	@provisioning/setup.sh demo
	@touch $@
