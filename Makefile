# The commands of README.md. The build itself is CMake's (CMakePresets.json); all of these use build/release.
PREFIX ?= /usr/local
BUILD := build/release

.DEFAULT_GOAL := help
.PHONY: help setup build test demo install clean format tidy

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the build needs and is not there
	@scripts/setup

build: ## Build everything into build/release
	@scripts/build release

test: setup ## Set up, build, run every test
	@scripts/build release
	@scripts/test release

demo: setup ## Set up, build, train the quickstart, write its report
	@scripts/build release brenier_cli
	@scripts/demo

install: ## Install command, libraries and headers (PREFIX, DESTDIR)
	@scripts/build release brenier_cli brenier_ops
	@DESTDIR="$(DESTDIR)" cmake --install $(BUILD) --prefix "$(PREFIX)"

format: ## Format all C++ sources with clang-format
	@git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' | xargs -0 clang-format-19 -i

tidy: build ## Check all C++ sources with clang-tidy
	@git ls-files -z --cached --others --exclude-standard '*.cpp' | xargs -0 clang-tidy-19 --quiet -p $(BUILD)

clean: ## Remove build/
	@rm -rf build
