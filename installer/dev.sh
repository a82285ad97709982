#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# 准备开发环境：找到 Python、补齐 Qt 的系统库、按带校验值的锁文件安装。可重复运行，锁文件没变就立即结束。
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${VENV:-"$root/.venv"}
case $venv in /*) ;; *) venv=$root/$venv ;; esac
lock=$root/installer/requirements.lock
stamp=$venv/.lock-stamp

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

may_install() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

apt_install() {
    local -a run=(env DEBIAN_FRONTEND=noninteractive apt-get)
    [ "$(id -u)" -eq 0 ] || run=(sudo -n "${run[@]}")
    "${run[@]}" install -y -q --no-install-recommends "$@" >&2 && return
    "${run[@]}" update -q >&2
    "${run[@]}" install -y -q --no-install-recommends "$@" >&2
}

find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
                2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# --- 系统库 -----------------------------------------------------------------------------------
qt_libraries=(
    libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon-x11-0
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
    libxcb-render-util0 libxcb-shape0 libxcb-xinerama0
)

system_libraries() {
    command -v dpkg >/dev/null || {
        say "不是 Debian 系的系统，请自行确认已有这些库：${qt_libraries[*]}"
        return
    }
    local -a missing=()
    local name
    for name in "${qt_libraries[@]}"; do
        # Debian 13 和 Ubuntu 24.04 起，个别库改名加了 t64。
        dpkg -s "$name" >/dev/null 2>&1 || dpkg -s "${name}t64" >/dev/null 2>&1 || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if may_install; then
        say "安装 Qt 需要的系统库：${missing[*]}"
        apt_install "${missing[@]}" || say "系统库没有装全，窗口可能打不开：${missing[*]}"
    else
        say "缺少 Qt 需要的系统库，而当前用户不能安装。请管理员运行："
        say "  apt-get install ${missing[*]}"
    fi
}

# --- Python 环境 -----------------------------------------------------------------------------
make_venv() {
    local python version
    if ! python=$(find_python) && may_install; then
        say "没有找到 Python 3.11–3.13，试着安装系统自带的 python3"
        apt_install python3 python3-venv || true
    fi
    python=$(find_python) || die "需要 Python 3.11、3.12 或 3.13，请先安装。"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        may_install || die "缺少 venv。请管理员运行：apt-get install python$version-venv"
        say "安装 python$version-venv"
        apt_install "python$version-venv" || apt_install python3-venv
    fi
    say "建立 Python 环境（$("$python" -V)）"
    "$python" -m venv --clear "$venv"
}

fingerprint() {
    cat "$lock" "$root/pyproject.toml" "$root/installer/dev.sh" | sha256sum | cut -d' ' -f1
    # 换了目录，可编辑安装就失效，也算变化。
    printf '%s\n' "$root"
}

if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(fingerprint)" = "$(cat "$stamp")" ]; then
    exit 0
fi

system_libraries
"$venv/bin/python" -c '' 2>/dev/null || make_venv
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input)
say "按锁文件安装依赖（第一次约需几分钟）"
"${pip[@]}" install -q --require-hashes -r "$lock"
"${pip[@]}" install -q --no-deps --no-build-isolation -e "$root"
fingerprint >"$stamp"
say "开发环境已就绪：$venv"
