# SPDX-License-Identifier: MulanPSL-2.0
# 一条命令做一件事；make help 列出全部。
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
PY := $(VENV)/bin/python
NAME ?=
SECONDS ?=
ARGS ?=
JOBS ?= 2
UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-config --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help env run test check fix bench faults build smoke lock clean

help: ## 列出所有命令
	@grep -E '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | \
		while IFS= read -r l; do printf '  make %-8s%s\n' "$${l%%:*}" "$${l##*## }"; done

env: ## 准备开发环境（其它命令会自动先做这一步）
	@VENV="$(VENV)" bash installer/dev.sh

run: env ## 启动程序
	@$(PY) -m ui --training $(ARGS)

test: env ## 跑全部测试（ARGS="路径或选项" 可只跑一部分；JOBS=2 同时跑几份）
	@$(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: env ## 格式、静态检查、类型、架构
	@echo "格式"; $(VENV)/bin/ruff format --check .
	@echo "静态检查"; $(VENV)/bin/ruff check .
	@echo "类型"; $(VENV)/bin/mypy
	@echo "分层"; $(VENV)/bin/lint-imports --no-logo
	@echo "架构"; $(PY) -m pytest -q tests/architecture

fix: env ## 自动改好格式和能自动改的静态检查问题
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: env ## 跑基准；NAME=名称 只跑一个，结果在 build/bench/
	@$(PY) -m tests.bench $(NAME)

faults: env ## 跑故障测试（发布规模；SECONDS=60 则每部分约 60 秒）
	@$(PY) -m tests.faults $(if $(SECONDS),--seconds $(SECONDS))

build: ## 打包成安装包
	@echo "还没有：打包尚未完成。"; exit 2

smoke: ## 检验打包出来的程序
	@echo "还没有：打包尚未完成。"; exit 2

lock: ## 按 pyproject.toml 重新生成锁文件（需要 uv）
	@mkdir -p build
	@$(UV_COMPILE) --extra dev --output-file build/requirements.raw \
		pyproject.toml installer/build-needs.in
	@{ echo '# SPDX-License-Identifier: MulanPSL-2.0'; \
		echo '# 由 make lock 生成：只有名称、版本和校验值。'; \
		cat build/requirements.raw; } > installer/requirements.lock
	@if grep -nE '://|^-|^torch|@ file' installer/requirements.lock; then \
		echo "锁文件里有下载地址或选项"; exit 1; fi
	@echo "已写入 installer/requirements.lock（$$(grep -c '==' installer/requirements.lock) 个包）"

clean: ## 删除生成的文件（不删开发环境和数据）
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
