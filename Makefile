# Two commands do everything: `make lab` and `make test`. Python packages go into .venv; system
# packages (chromium, graphviz, mesa-vulkan-drivers) come by apt where it may be used.

PYTHON ?= python3
BIN := .venv/bin
LAB_EXTRAS := tensorflow,lab
TEST_EXTRAS := tensorflow,webgpu,lab,test,lint,iree

# JupyterLab wants to be told when it runs as root, as in a container.
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
LAB_FLAGS :=

.PHONY: lab test lint docs clean

lab: .venv/.stamp-lab
	scripts/system-packages graphviz
	$(BIN)/jupyter lab $(ROOT_FLAG) $(LAB_FLAGS) notebooks/00_tour.ipynb

test: .venv/.stamp-test
	scripts/system-packages graphviz chromium mesa-vulkan-drivers
	scripts/test

lint: .venv/.stamp-test
	scripts/check

docs: .venv/.stamp-test
	$(BIN)/python scripts/generate_docs.py

# Reinstalling rebuilds the front end if its sources changed (hatch_build.py).
FRONT_END := widgets/build.mjs widgets/package-lock.json $(shell find widgets/src -type f)

.venv/.stamp-lab: pyproject.toml hatch_build.py $(FRONT_END)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(LAB_EXTRAS)]'
	$(BIN)/python scripts/lab_settings.py
	touch $@

.venv/.stamp-test: pyproject.toml hatch_build.py $(FRONT_END)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(TEST_EXTRAS)]'
	$(BIN)/python hatch_build.py --checks
	touch $@ .venv/.stamp-lab

clean:
	rm -rf .venv build dist iree_explore/widgets/static
