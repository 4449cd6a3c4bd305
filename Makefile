# Two commands do everything: `make lab` and `make test`. Python packages go into .venv; system
# packages (chromium, graphviz) come by apt where it may be used.

PYTHON ?= python3
BIN := .venv/bin
LAB_EXTRAS := tensorflow,lab
TEST_EXTRAS := tensorflow,lab,test,lint

.PHONY: lab test lint docs clean

lab: .venv/.stamp-lab
	scripts/system-packages graphviz
	$(BIN)/jupyter lab notebooks/00_tour.ipynb

test: .venv/.stamp-test
	scripts/system-packages graphviz chromium
	scripts/test

lint: .venv/.stamp-test
	scripts/check

docs: .venv/.stamp-test
	$(BIN)/python scripts/generate_docs.py

.venv/.stamp-lab: pyproject.toml hatch_build.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(LAB_EXTRAS)]'
	touch $@

.venv/.stamp-test: pyproject.toml hatch_build.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(TEST_EXTRAS)]'
	touch $@ .venv/.stamp-lab

clean:
	rm -rf .venv build dist iree_explore/widgets/static
