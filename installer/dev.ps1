# SPDX-License-Identifier: MulanPSL-2.0
# 准备开发环境（Windows），再运行一个与 Makefile 同名的命令：installer\dev.ps1 [run|test|check|bench|faults|help]
param([string]$Command = "help", [string]$Name = "")

$ErrorActionPreference = "Stop"
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
$root = Split-Path -Parent $PSScriptRoot
$venv = Join-Path $root ".venv"
$py = Join-Path $venv "Scripts\python.exe"
$lock = Join-Path $PSScriptRoot "requirements.lock"
$stamp = Join-Path $venv ".lock-stamp"

function Invoke-Checked {
    & $args[0] @($args | Select-Object -Skip 1)
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

function Find-Python {
    foreach ($version in "3.11", "3.12", "3.13") {
        try { & py "-$version" -c "pass" 2>$null } catch { continue }
        if ($LASTEXITCODE -eq 0) { return @("py", "-$version") }
    }
    try { & python -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))" 2>$null }
    catch { throw "需要 Python 3.11、3.12 或 3.13，请先安装。" }
    if ($LASTEXITCODE -eq 0) { return @("python") }
    throw "需要 Python 3.11、3.12 或 3.13，请先安装。"
}

function Get-Fingerprint {
    $parts = $lock, (Join-Path $root "pyproject.toml"), $PSCommandPath |
        ForEach-Object { (Get-FileHash -Algorithm SHA256 $_).Hash }
    return (@($parts) + $root) -join ";"
}

function Initialize-Environment {
    if ((Test-Path $py) -and (Test-Path $stamp) -and
        ((Get-Content -Raw $stamp).Trim() -eq (Get-Fingerprint))) { return }
    if (-not (Test-Path $py)) {
        $found = @(Find-Python)
        $rest = @($found | Select-Object -Skip 1) + @("-m", "venv", $venv)
        Write-Host "建立 Python 环境"
        Invoke-Checked $found[0] @rest
    }
    Write-Host "按锁文件安装依赖（第一次约需几分钟）"
    Invoke-Checked $py "-m" "pip" "install" "-q" "--require-hashes" "-r" $lock
    Invoke-Checked $py "-m" "pip" "install" "-q" "--no-deps" "--no-build-isolation" "-e" $root
    Set-Content -Encoding utf8 $stamp (Get-Fingerprint)
}

function Invoke-Check {
    $scripts = Join-Path $venv "Scripts"
    Invoke-Checked (Join-Path $scripts "ruff.exe") "format" "--check" "."
    Invoke-Checked (Join-Path $scripts "ruff.exe") "check" "."
    Invoke-Checked (Join-Path $scripts "mypy.exe")
    Invoke-Checked (Join-Path $scripts "lint-imports.exe") "--no-logo"
    Invoke-Checked $py "-m" "pytest" "-q" "tests/architecture"
}

Push-Location $root
try {
    switch ($Command) {
        "run" { Initialize-Environment; Invoke-Checked $py "-m" "ui" }
        "test" { Initialize-Environment; Invoke-Checked $py "-m" "pytest" }
        "check" { Initialize-Environment; Invoke-Check }
        "bench" {
            Initialize-Environment
            $names = @($Name | Where-Object { $_ })
            Invoke-Checked $py "-m" "tests.bench" @names
        }
        "faults" { Initialize-Environment; Invoke-Checked $py "-m" "tests.faults" }
        "help" { Write-Host "用法：installer\dev.ps1 run | test | check | bench [-Name 名称] | faults" }
        default { Write-Host "没有这个命令：$Command"; exit 2 }
    }
}
finally { Pop-Location }
