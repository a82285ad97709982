# SPDX-License-Identifier: MulanPSL-2.0
"""`counter papers`: list, check, preview as PDF with sample data and with an item of ours."""

from pathlib import Path

import pypdf
import pytest
from PySide6.QtWidgets import QApplication

from ui.papers.cli import main


def test_list_and_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert main(["check"]) == 0
    told = capsys.readouterr().out
    assert "SUP" in told
    assert "都通过了检查" in told


@pytest.mark.parametrize("size", [[], ["--large"], ["--roll"]])
def test_preview(qapp: QApplication, tmp_path: Path, size: list[str]) -> None:
    out = tmp_path / "one.pdf"
    assert main(["preview", "REC", *size, "--item", "homestead", "--out", str(out)]) == 0
    page = pypdf.PdfReader(out).pages[0]
    assert (round(float(page.mediabox.width) * 25.4 / 72) == 80) == (size == ["--roll"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ZZZ"], "PAPER-LIST"),
        (["ACP", "--roll"], "PAPER-SIZE"),
        (["REC", "--item", "nothing"], "PAPER-ITEM"),
    ],
)
def test_a_refusal_has_a_code_and_leaves_no_file(
    qapp: QApplication,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: str,
) -> None:
    out = tmp_path / "one.pdf"
    assert main(["preview", *words, "--out", str(out)]) == 1
    assert code in capsys.readouterr().err
    assert not out.exists()
