# Everyday commands; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
# Compiling the provider's SDK anew in each process costs more than anything else here.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.venv/ready: requirements.lock pyproject.toml clients/python/pyproject.toml local/toolchain/environment.py local/toolchain/uv.lock components/engine_wheels.py
	@$(PYTHON) local/toolchain/environment.py

.PHONY: setup
setup: .venv/ready ## Make .venv from the committed lock (uv is fetched when absent)

.PHONY: demo
demo: .venv/ready ## One render through the whole chain on this machine, ending with a video
	@$(BIN)/clipit demo

.PHONY: incidents
incidents: .venv/ready ## Break a local stack in one way for each alarm, and mend it by the runbooks
	@$(BIN)/clipit incidents

.PHONY: incidents-short
incidents-short: .venv/ready ## Two of the incidents: an alarm on silence, and an event
	@$(BIN)/clipit incidents ApiWithoutHosts FleetRefreshStopped

.PHONY: chaos
chaos: .venv/ready ## Play 500 renders under drawn faults for each of ten seeds; some minutes
	@$(BIN)/python -m tests.handlers.life.chaos --renders 500 --seeds 10

.PHONY: chaos-short
chaos-short: .venv/ready ## Play 200 renders under drawn faults, for one seed
	@$(BIN)/python -m tests.handlers.life.chaos --renders 200

.PHONY: chaos-stack
chaos-stack: .venv/ready ## Play 200 renders (RENDERS=40: so many) on a local stack under real faults; ten minutes
	@$(BIN)/python -m tests.handlers.life.stack_chaos --renders $(or $(RENDERS),200)

.PHONY: incidents-page
incidents-page: .venv/ready ## Play all incidents, and write what came of them into docs/runbooks/README.md
	@$(BIN)/clipit incidents --write

.PHONY: pulumi
pulumi: .venv/ready ## Get the Pulumi CLI: on PATH, downloaded, or built from its Go modules
	@$(BIN)/python -m local.toolchain

.PHONY: test
test: .venv/ready ## Run the tests
	@$(BIN)/pytest -q --dist loadscope -n $$($(BIN)/python -c 'import os; print(os.cpu_count() + 1)')

.PHONY: test-pulumi
test-pulumi: .venv/ready ## Run the tests that need the Pulumi CLI
	@$(BIN)/pytest -q --dist loadscope -n 2 -m 'pulumi_cli and not client_tools and not changes and not long'

.PHONY: test-clients
test-clients: .venv/ready ## Lint the OpenAPI document, generate clients and use them (ONLY=python: one of them)
	@$(BIN)/python -m tests.handlers.job_server.schemas.client_tools
	@$(BIN)/pytest -q -m client_tools tests/handlers/job_server/schemas $(if $(ONLY),-k $(ONLY))

.PHONY: test-long
test-long: .venv/ready ## Run the wide forms of tests, whose short forms are in `make test`
	@$(BIN)/pytest -q --dist loadscope -n $$($(BIN)/python -c 'import os; print(os.cpu_count() + 1)') -m long

.PHONY: test-second-implementations
test-second-implementations: .venv/ready ## Run the tests of table and queue against DynamoDB Local and ElasticMQ, where Java and Maven are there
	@$(BIN)/python -m tests.second_implementations

.PHONY: test-changes
test-changes: .venv/ready ## Change every setting, on paper and on a running local stack with a render under way
	@$(BIN)/pytest -q -n 0 -m changes tests/cli/changes

.PHONY: check
check: .venv/ready ## Format, lint, strict types, spelling, and the pages against the writing guide
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@git ls-files -z | xargs -0 $(BIN)/codespell
	@$(BIN)/python -m pages

.PHONY: lint-workflows
lint-workflows: .venv/ready ## Lint the workflows by actionlint and zizmor, the Dockerfile by hadolint
	@.ci/lint-workflows

.PHONY: openapi
openapi: .venv/ready ## Write the committed OpenAPI document from the job server
	@$(BIN)/python -m handlers.job_server.schemas.openapi

.PHONY: changes-page
changes-page: .venv/ready ## Write the table of docs/changes.md: what a change of each setting does
	@$(BIN)/python -m cli.changes.page

.PHONY: command-page
command-page: .venv/ready ## Write docs/command-line.md from the commands
	@$(BIN)/python -m cli.reference

.PHONY: telemetry-page
telemetry-page: .venv/ready ## Write docs/metrics-and-events.md from the catalogue of metrics and log events
	@$(BIN)/python -m tests.contracts.telemetry_page

.PHONY: policy-page
policy-page: .venv/ready ## Write docs/policies.md and docs/policies from the rules
	@cd policy && ../$(BIN)/python -m guardrails.pack.page

.PHONY: docs
docs: .venv/ready ## Build the documentation site into build/docs/site
	@$(BIN)/python -m pages.site

.PHONY: pictures
pictures: .venv/ready ## Draw the outdated pictures of the pages (ONLY=NAME: that drawing in any case)
	@$(BIN)/python -m pages.pictures $(ONLY)

.PHONY: bench-policy
bench-policy: .venv/ready ## The time that the policy pack adds to a preview of 150 resources
	@mkdir -p build && $(BIN)/clipit preview --stack prod --json > build/resources.json
	@$(BIN)/python -m benchmarks.policy_pack build/resources.json

.PHONY: bench-api
bench-api: .venv/ready ## The job server's rate and latency beside those of a bare FastAPI application
	@$(BIN)/python -m benchmarks.api

.PHONY: bench-render
bench-render: .venv/ready ## What a render writes to the table from its submission to its webhook, in write units and dollars
	@$(BIN)/pytest -q -n 0 -s tests/contracts/test_render_units.py

.PHONY: simulate
simulate: .venv/ready ## Play the traces against our scaler and the published ones; table, plots, report
	@$(BIN)/clipit simulate --out build/simulation

.PHONY: simulate-seeds
simulate-seeds: .venv/ready ## The same with three traces of each kind of load: the tables and plots of docs/scaling.md
	@$(BIN)/clipit simulate --seeds 3 --out build/simulation

.PHONY: bench-scaler
bench-scaler: .venv/ready ## One decision at 100,000 queued jobs, its AWS calls, and the reaction of the local stack
	@$(BIN)/python -m benchmarks.scaler
	@$(BIN)/python -m benchmarks.reaction

.PHONY: bench-fairness
bench-fairness: .venv/ready ## What other tenants notice of one that attacks the API, a fleet or the notifier
	@$(BIN)/python -m benchmarks.fairness

.PHONY: lock
lock: .venv/ready ## Resolve pyproject.toml into requirements.lock, and .ci/tools.in
	@$(PYTHON) local/toolchain/environment.py --lock

.PHONY: clean
clean: ## Remove what the build made; the user's cache stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .hypothesis *.egg-info
