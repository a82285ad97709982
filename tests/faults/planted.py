# SPDX-License-Identifier: MulanPSL-2.0
"""Ten known bugs, planted one by one into a copy of this tree; the suite must find each.

``python -m tests.faults.planted [NAME …] [--seconds N]`` prints one line a bug: what found it,
with which words, in what time. First a copy without any bug goes through the same parts and tests
(``--no-control`` leaves that out) and must be clean. Exit code 1 when a bug stays unfound or the
clean copy is not. Results also go to ``build/faults/planted.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import ROOT

OUT = ROOT / "build/faults/planted.json"
PARTS = ("counter", "sync", "ui", "tests", "resources", "pyproject.toml", "docs", "Makefile")
TEST_LIMIT_S = 300.0


class PlantingError(Exception):
    """The text to be replaced is not there exactly once: the planting needs care, not luck."""


@dataclass(frozen=True)
class Change:
    """One exact replacement in one file."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Bug:
    """A bug and what must find it: a part of the fault suite, or a test."""

    name: str
    changes: tuple[Change, ...]
    part: str = ""
    test: str = ""


JOURNAL = "counter/storage/journal.py"
HUB_JUDGING = "sync/hub/handlers/judging.py"
CLIENT_PUSH = "sync/client/engine/push.py"
# The conditions of what may be sent.
QUEUED = '    .where(\n        t.outbox.c.state == "QUEUED",\n'
BUGS = (
    Bug(
        "remove an fsync",
        (
            Change(
                JOURNAL,
                "self._files.write(self._fd, data)\n            self._files.fsync(self._fd)\n",
                "self._files.write(self._fd, data)\n",
            ),
        ),
        part="powercut",
    ),
    Bug(
        "NORMAL instead of FULL",
        (
            Change(
                "counter/storage/engine.py",
                '"PRAGMA synchronous = FULL"',
                '"PRAGMA synchronous = NORMAL"',
            ),
        ),
        part="powercut",
    ),
    Bug(
        "NORMAL instead of FULL at the centre",
        (Change("sync/hub/storage/engine.py", '"synchronous=FULL"', '"synchronous=NORMAL"'),),
        part="powercut_hub",
    ),
    Bug(
        "a page at the centre without its fsync",
        (
            Change(
                "sync/hub/storage/blob_files.py",
                "            os.fsync(file.fileno())\n            return file.tell()\n",
                "            return file.tell()\n",
            ),
        ),
        part="powercut_hub",
    ),
    Bug(
        "rights before op_id",
        (
            Change(
                HUB_JUDGING,
                "    stored = oplog.find(tx, opened.op_id, opened.home)\n    if stored is not None:\n"
                "        return _again(centre, tx, opened, stored), False\n",
                "    try:\n        if opened.op is not None:\n"
                "            _check_rights(tx, opened.op, waived=False)\n"
                "    except NotAppliedError as outcome:\n"
                "        verdict = outcome.verdict\n"
                "        return signed(centre, opened.op_id, opened.op_hash, verdict), False\n"
                "    stored = oplog.find(tx, opened.op_id, opened.home)\n    if stored is not None:\n"
                "        return _again(centre, tx, opened, stored), False\n",
            ),
        ),
        part="histories",
    ),
    Bug(
        "cursor by timestamp",
        (
            Change(
                "sync/hub/storage/feed.py",
                '        .where(f.change_no > bindparam("number"), f.scope.in_(either(scopes)))\n',
                "        .where(\n"
                "            f.at > select(func.coalesce(func.max(f.at), ''))"
                ".where(f.change_no <= bindparam('number')).scalar_subquery(),\n"
                "            f.scope.in_(either(scopes)),\n        )\n",
            ),
        ),
        part="histories",
    ),
    Bug(
        "drop on 409",
        (
            Change(
                CLIENT_PUSH,
                "        match trouble:\n",
                "        if trouble.code == 'EPOCH':\n"
                "            from counter.ports.sync_store import SettledResult\n"
                "            self._settle([SettledResult(op_id=r.op_id, status='rejected', code='409',"
                " message='', field='', rev=0, human_no='', missing_blobs=(), token=r.op_id)"
                " for r in batch])\n"
                "        match trouble:\n",
            ),
        ),
        part="histories",
    ),
    Bug(
        "cap on retries",
        (
            Change(
                "counter/storage/sync_store.py",
                QUEUED,
                QUEUED + "        t.outbox.c.attempts < 13,\n",
            ),
        ),
        test="tests/regressions/test_known_bugs.py::test_bug_05_retries_never_stop_and_uploads_resume",
    ),
    Bug(
        "blob acknowledged before its hash check",
        (
            Change(
                "sync/hub/storage/blob_files.py",
                "        if digest.hexdigest() != blob_id:\n            self.begin(upload_id)\n"
                "            raise WrongContentError\n",
                "",
            ),
            Change(
                "sync/hub/handlers/uploads.py",
                "    if len(chunk) == length and hashlib.sha256(chunk).hexdigest() != blob_id:\n"
                "        raise tus.wrong_whole()\n",
                "",
            ),
        ),
        part="histories",
    ),
    Bug(
        "SENDING persisted",
        (
            Change(
                CLIENT_PUSH,
                "        self.sending |= {row.op_id for row in batch}\n",
                "        self.sending |= {row.op_id for row in batch}\n"
                "        self._run(lambda: self._store.failed_try("
                "[row.op_id for row in batch], 'SENDING', ''))\n",
            ),
            Change(
                "counter/storage/sync_store.py",
                QUEUED,
                QUEUED + '        t.outbox.c.last_code != "SENDING",\n',
            ),
        ),
        part="histories",
    ),
    Bug(
        "overlay dropped at push",
        (
            Change(
                "counter/storage/overlay.py",
                "        return bool(op.result_rev > rev)\n",
                "        return False\n",
            ),
        ),
        part="histories",
    ),
    Bug(
        "two loops without lock",
        (Change("sync/client/lock.py", "            lock_file(file)\n", "            pass\n"),),
        test="tests/contract/client/test_client_push.py::test_two_loops_on_one_device_are_refused",
    ),
)


def plant(tree: Path, bug: Bug) -> None:
    """Change the copy.

    Raises:
        PlantingError: a text is not there exactly once.
    """
    for change in bug.changes:
        path = tree / change.file
        text = path.read_text("utf-8")
        if text.count(change.old) != 1:
            raise PlantingError(f"{bug.name}: {change.file} has the text {text.count(change.old)}×")
        path.write_text(text.replace(change.old, change.new), "utf-8")


def copy_tree(target: Path) -> None:
    """Copy what the suite needs."""
    target.mkdir()
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / name, ignore=ignore)
        else:
            shutil.copy(source, target / name)


def search(tree: Path, bug: Bug, seconds: float) -> tuple[bool, str]:
    """Run what must find the bug; return whether it did and its first words."""
    if bug.test:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", bug.test]
    else:
        words = ["--seconds", str(seconds), "--seed", "7"]
        command = [sys.executable, "-m", "tests.faults", bug.part, *words]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TEST_LIMIT_S + 4 * seconds,
    )
    if bug.test:
        failed = [line for line in done.stdout.splitlines() if line.startswith("E  ")]
        words_found = failed[0].strip("E ") if failed else done.stdout[-200:]
        return done.returncode == 1, words_found
    summary = tree / "build/faults/summary.json"
    if not summary.exists():
        return False, f"the part did not run: {done.stderr[-300:]}"
    figures = json.loads(summary.read_text("utf-8"))[bug.part]
    what = figures.get("what") or [figures.get("skipped", "")]
    return done.returncode == 1 and bool(figures.get("what")), str(what[0]) if what else ""


def control(chosen: list[Bug]) -> list[Bug]:
    """Return the copy without a bug, once for each part or test that is to find one."""
    by = dict.fromkeys((bug.part, bug.test) for bug in chosen)
    return [Bug("nothing planted", (), part=part, test=test) for part, test in by]


def main(argv: list[str]) -> int:
    """Plant the named bugs, or all ten, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.planted")
    parser.add_argument("names", nargs="*", help="; ".join(bug.name for bug in BUGS))
    parser.add_argument("--seconds", type=float, default=180.0, help="for each search, at most")
    parser.add_argument("--no-control", action="store_true", help="without the clean copy")
    arguments = parser.parse_args(argv)
    chosen = [bug for bug in BUGS if not arguments.names or bug.name in arguments.names]
    results = []
    for bug in (*([] if arguments.no_control else control(chosen)), *chosen):
        with tempfile.TemporaryDirectory(prefix="counter-planted-") as folder:
            tree = Path(folder) / "tree"
            copy_tree(tree)
            plant(tree, bug)
            began = time.monotonic()
            found, words = search(tree, bug, arguments.seconds)
        seconds = round(time.monotonic() - began, 1)
        expected = found == bool(bug.changes)
        by = bug.test or bug.part
        row = {"bug": bug.name, "found": found, "by": by, "what": words, "seconds": seconds}
        results.append({**row, "as_expected": expected})
        mark = "ok " if expected else "BAD"
        print(
            f"{mark} {bug.name}: {'found' if found else 'not found'} by {by} in {seconds} s: "
            f"{words[:120]}",
            flush=True,
        )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0 if all(row["as_expected"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
