# SPDX-License-Identifier: MulanPSL-2.0
"""``make run`` without a display: the main job ends well and leaves what it promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(240)
def test_main_job_from_sign_in_to_the_centres_answer(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    words = [sys.executable, "-m", "ui", "--training", "--demo", str(out)]
    quiet = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    done = subprocess.run(
        words, cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=220, check=False
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert summary["saved_offline"] is True
    assert summary["ops_sent"] == summary["effects_at_centre"] == 1
    assert summary["centre_state"] == "tolerated"  # the photo is to follow
    assert summary["pages"] == 5  # four pages of papers and the signed page
    receipt = (out / f"{summary['receipt_no']}.pdf").read_bytes()
    assert receipt.startswith(b"%PDF-")
    text = "".join(
        page.extract_text() for page in PdfReader(out / f"{summary['receipt_no']}.pdf").pages
    )
    plain = "".join(text.split())  # bold is drawn twice, and the reader breaks lines in between
    assert summary["receipt_no"] in plain
    assert "不代表已受理" in plain
    assert "990123194603080124" not in text
    assert len(list(out.glob("*.png"))) >= 12
