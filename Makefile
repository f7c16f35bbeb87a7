# Everything a fresh machine needs: “make demo” for a first video, “make test” for all checks.
PYTHON ?= python3
# Of the fast tests: one more than two cores, as some always wait for a process or a browser.
WORKERS ?= 3
VENV := venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# “make install CPU=1” takes torch from PyTorch's own index of builds without CUDA, and all else from where pip looks. Once
# chosen, it holds for the environment.
CPU ?= $(wildcard $(VENV)/.cpu)
CPU_INDEX ?= https://download.pytorch.org/whl/cpu
CPU_ONLY = $(filter-out 0,$(CPU))
# Alone and first, and without what it needs: pip has no order among indexes, and “2.13.0+cpu” is “==2.13.0” to it.
CPU_TORCH = --no-deps --index-url $(CPU_INDEX) "$$(grep '^torch==' requirements.txt)"

# The tests start hundreds of processes: each would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test lint lint-page fast slow wheel bench docs pins audit fuzz mutants clean

define make-venv
@$(PYTHON) videoai/supported.py || { echo "  Or let make do that: make PYTHON=python3.13 install" >&2; exit 1; }
$(PYTHON) -m venv $(VENV)
endef

help:  ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## Make the virtual environment and install the program; with CPU=1 without CUDA (Linux)

$(VENV)/.installed: requirements.txt pyproject.toml setup.py $(if $(CPU_ONLY),$(VENV)/.cpu)
	$(make-venv)
	$(PIP_INSTALL) -r requirements.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.cpu: requirements.txt
	@if [ -e $(VENV)/.installed ] && [ ! -e $@ ]; then \
	echo "There is an environment already. To make it anew: make clean, then make install CPU=1" >&2; exit 1; fi
	$(make-venv)
	$(PIP_INSTALL) $(CPU_TORCH)
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP_INSTALL) -c requirements.txt -e '.[test]'
	@touch $@

demo: $(VENV)/.installed  ## Turn a photo into a video and say where it is
	$(BIN)/python generate_video.py examples/coffee.png --model draft

test: lint fast  ## Linters and all fast tests

lint: $(VENV)/.installed-test lint-page  ## ruff, mypy, and Biome for the page where there is node
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy

# Without node the page is not checked, unless the tools are required.
lint-page:
	@if command -v npm >/dev/null; then $(MAKE) -s node_modules/.package-lock.json && npm run --silent lint; \
	elif [ -z "$$VIDEOAI_REQUIRE_TOOLS" ]; then echo "The page's scripts were not checked: there is no npm (apt install npm, brew install node)."; \
	else echo "The page's scripts cannot be checked: there is no npm." >&2; exit 1; fi

node_modules/.package-lock.json: package-lock.json
	npm ci --loglevel=error --no-audit --no-fund
	@touch $@

fast: $(VENV)/.installed-test  ## All fast tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

slow: $(VENV)/.installed-test  ## The tests that take minutes or much memory
	$(BIN)/python -m pytest -m slow

wheel: $(VENV)/.installed-test  ## Build the package, and try it in an environment of its own
	rm -rf build dist
	$(BIN)/python -m uv build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist
	$(PYTHON) -m venv dist/venv
	$(if $(CPU_ONLY),$(subst $(BIN),dist/venv/bin,$(PIP_INSTALL)) $(CPU_TORCH))
	$(subst $(BIN),dist/venv/bin,$(PIP_INSTALL)) dist/*.whl
	cd dist && venv/bin/videoai ../examples/coffee.png --model draft --output clip.mp4
	$(BIN)/python -m pytest -m slow tests/test_packing.py

bench: $(VENV)/.installed-test  ## Measure everything and write docs/benchmarks.md (two hours, 20 GB of disk)
	$(BIN)/python -m bench

docs: $(VENV)/.installed-test  ## Write the generated tables and help texts into the docs
	$(BIN)/python -m tools.docs

pins: $(VENV)/.installed-test  ## Choose the pinned versions anew
	$(BIN)/python -m tools.pins

audit: $(VENV)/.installed-test  ## Ask the list of known weaknesses about each pinned package (needs the network)
	$(PIP_INSTALL) pip-audit
	$(BIN)/python -m pip_audit --requirement requirements.txt --disable-pip --no-deps

fuzz: $(VENV)/.installed-test  ## Try each door with spoilt bytes, three minutes each
	for door in photo depth video request safetensors; do $(BIN)/python -m tests.fuzz $$door || exit 1; done

mutants: $(VENV)/.installed-test  ## Put single faults into the engine: does a test fail of each? (half an hour)
	nice $(BIN)/python -m tests.mutants

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
