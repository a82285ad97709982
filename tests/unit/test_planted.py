# SPDX-License-Identifier: MulanPSL-2.0
"""The planted bugs fit the code as it is now, and the clean copy goes the same ways."""

from __future__ import annotations

import pytest

from tests.faults.planted import BUGS, Bug, control
from tests.faults.processes import ROOT


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_each_text_to_be_replaced_is_there_once(bug: Bug) -> None:
    for change in bug.changes:
        assert (ROOT / change.file).read_text("utf-8").count(change.old) == 1, change.file


def test_the_clean_copy_goes_through_everything_that_is_to_find_a_bug() -> None:
    clean = control(list(BUGS))
    assert {(bug.part, bug.test) for bug in clean} == {(bug.part, bug.test) for bug in BUGS}
    assert not any(bug.changes for bug in clean)
