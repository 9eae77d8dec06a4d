# Two commands: `make report` and `make test`. Every target is run by CI or by `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# dvc runs `python -m pipeline.…`: that python must be the environment's.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.PHONY: help setup report test test-spark test-fast fuzz truth example pdf repro-check docs docs-reference bench-ingest bench-journeys bench-personas bench-report bench-coverage bench-segments coverage-journeys lint format lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-12s %s\n", $$1, $$2}'

setup: $(READY) ## Create .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else 'Python 3.11 or newer is needed; found %d.%d. Set PYTHON=…' % v[:2])"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

report: $(READY) ## Run the pipeline and say where the report is
	@$(RUN) personas check
	@$(RUN) dvc repro report
	@echo "The report: $(CURDIR)/reports/index.html"

test: $(READY) ## Run the whole test suite, in two processes: make test WORKERS=4
	@$(RUN) python -m pytest -n $(or $(WORKERS),2) --dist loadgroup

test-spark: $(READY) ## Add Spark to .venv and test that it gives what DuckDB gives (needs Java 17)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --require-hashes -r requirements-spark.lock
	@$(RUN) python -m pytest -m spark tests/spark

test-fast: $(READY) ## Run the tests that take seconds
	@$(RUN) python -m pytest -m "not slow and not browser"

fuzz: $(READY) ## Break exports in 10,000 ways per family of readers (hours): make fuzz N=500 FAMILY=xes
	@$(RUN) python -m tests.ingest.fuzzing --mutations $(or $(N),10000) $(if $(FAMILY),--family "$(FAMILY)")

pdf: $(READY) ## Print the finished report, whole and per persona, as PDF (needs Chromium): make pdf IMAGES=--images
	@$(RUN) personas print reports $(IMAGES)

repro-check: $(READY) ## Run the last commit anew, without a cache, and compare its key figures with those in git
	@$(RUN) personas reproduce

docs: docs-reference ## Build the documentation as a site, build/docs/index.html (installs mkdocs-material)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check "mkdocs-material>=9.7"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "The documentation: $(CURDIR)/build/docs/index.html"

docs-reference: $(READY) ## Write the pages and JSON Schemas that are made from the code (docs/reference)
	@$(RUN) python -m pipeline.desk.reference docs/reference

truth: $(READY) ## Compare the finished run of the sample with its planted truth
	@$(RUN) python -m pipeline.sample.compare --truth data/raw/sample-truth --data data --statements

example: $(READY) ## Run an example: make example NAME=telco DATA=folder
	@$(RUN) python -m examples.run "$(NAME)" "$(DATA)"

bench-ingest: $(READY) ## Measure ingest beside DuckDB's own COPY: make bench-ingest ROWS=2000000
	@$(RUN) python -m benchmarks.ingest --rows $(or $(ROWS),2000000)

bench-journeys: $(READY) ## Measure journeys beside a scan and a plain estimator: make bench-journeys EVENTS=20000000
	@$(RUN) python -m benchmarks.journeys --events $(or $(EVENTS),20000000) --spells $(or $(SPELLS),6000000)

bench-segments: $(READY) ## Measure stage segments by the number of customers: make bench-segments CUSTOMERS=10000,100000
	@$(RUN) python -m benchmarks.segments_scale $(if $(CUSTOMERS),--customers $(CUSTOMERS))

bench-personas: $(READY) ## Measure stage personas: make bench-personas CUSTOMERS=1000000 TEXTS=200000
	@$(RUN) python -m benchmarks.personas --customers $(or $(CUSTOMERS),1000000) --texts $(or $(TEXTS),200000)

bench-report: $(READY) ## Measure stage report and how soon its pages paint: make bench-report DATASET=data/raw/sample
	@$(RUN) python -m benchmarks.report --dataset $(or $(DATASET),data/raw/sample)

bench-coverage: $(READY) ## How often intervals of claims hold what is true: make bench-coverage SEEDS=50
	@$(RUN) python -m benchmarks.coverage --seeds $(or $(SEEDS),50)

coverage-journeys: $(READY) ## Measure how often intervals of journeys hold what is true: make coverage-journeys N=500
	@$(RUN) python -m benchmarks.journeys_coverage --repeats $(or $(N),500)

lint: $(READY) ## Check style, formatting and types
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

format: $(READY) ## Put the code into the project's format
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

RESOLVE := uv pip compile pyproject.toml --extra dev --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header
lock: ## Resolve requirements.lock and requirements-spark.lock anew (needs uv)
	$(RESOLVE) --output-file requirements.lock
	grep -o '^[^ ]*==[^ ]*.*[^ \\]' requirements.lock > .pins
	$(RESOLVE) --extra spark --constraints .pins --output-file requirements-spark.lock
	rm .pins

clean: ## Remove stage outputs and examples' workspaces; raw exports stay
	rm -rf data/ingest data/features data/segments data/personas data/journeys data/experiments examples/*/run
