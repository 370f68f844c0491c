# make run      start Seraph (PORT, SERAPH_DATA, SERAPH_DEMO=0; DATABASE_URL and REDIS_URL for servers of your own)
# make test     all tests, browser tests included
# make lint     ruff, djlint, import-linter          make types     mypy
# make demo     add demo clients (N=2000)            make bench     measure at 10k, 100k and 1M clients
# make faults   kill and stop whatever reminders rest on, and print what was seen (20 minutes)
# make lock     lock the requirements again          make messages  collect strings to translate

.DEFAULT_GOAL := run
.PHONY: run test lint types bench faults demo lock messages check compose main dev
.NOTPARALLEL:

PYTHON3 ?= python3
# From the root folder: tools that switch Pythons by folder (pyenv) would otherwise look for the one of .python-version.
ENVIRONMENT = cd / && $(PYTHON3) "$(CURDIR)/tools/environment.py"
PYTHON = .venv/bin/python
N ?= 2000
# macOS: the supervisor forks; its libraries must not mind.
export OBJC_DISABLE_INITIALIZE_FORK_SAFETY = YES

run: main
	@exec $(PYTHON) manage.py up

test: dev
	@$(ENVIRONMENT) browser
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m djlint --lint --quiet templates
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

types: dev
	$(PYTHON) -m mypy .

# What is cheap to find out before the tests: migrations that were forgotten, settings that production would refuse.
check: dev
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) -m pytest -q tests/crm/test_production.py

demo: main
	$(PYTHON) manage.py demo --clients $(N)

bench: dev
	$(PYTHON) -m bench

faults: dev
	$(PYTHON) -m tests.faults

lock:
	$(ENVIRONMENT) uv pip compile -q --universal --generate-hashes --no-header --python-version 3.9 requirements/uv.in -o requirements/uv.txt
	$(ENVIRONMENT) uv pip compile -q --universal --generate-hashes --no-header --python-version 3.12 pyproject.toml -o requirements/main.txt
	$(ENVIRONMENT) uv pip compile -q --universal --generate-hashes --no-header --python-version 3.12 pyproject.toml --group dev -c requirements/main.txt -o requirements/dev.txt

messages: dev
	$(PYTHON) manage.py messages

compose:
	docker compose --env-file .env.example config -q

# Cheap when nothing has changed: a stamp in .venv says what is installed.
main dev:
	@$(ENVIRONMENT) $@
