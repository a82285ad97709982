# SPDX-License-Identifier: MulanPSL-2.0
"""A clerk who types until the power goes: every saved draft is printed with the focused field."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path

from counter.app.commands import Command, SaveDraft, StartDraft
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.draft import Draft
from counter.infra.paths import Paths
from sync.client.training import TrainingHall

KEYSTROKE_S = 0.01
ROUNDS = 2000


def text_at(step: int) -> str:
    """What the field holds after so many saves."""
    return f"柳河镇{step}村" + "某" * (step % 40)


def focus_at(step: int) -> str:
    """Where the clerk is then."""
    return f"home.field_{step}"


def drafts_of(home: Path, draft_ids: list[str]) -> dict[str, Draft | None]:
    """Open the home again, as after a restart, and return what the drafts are now."""
    core = TrainingHall(Home(Paths(home)), "").sign_in()
    try:
        find = core.queries.draft
        return {one: core.execution.run(partial(find, one)) for one in draft_ids}
    finally:
        core.close()


def main(home: str, rounds: int = ROUNDS) -> None:
    """Type until killed, or so many times."""
    core = TrainingHall(Home(Paths(Path(home))), "").sign_in()
    draft_id = str(_do(core, StartDraft()))
    draft = core.execution.run(lambda: core.queries.draft(draft_id))
    if draft is None:
        raise LookupError(draft_id)
    for step in range(1, rounds):
        draft.focus = focus_at(step)
        draft.form = {"home.address": text_at(step)}
        _do(core, SaveDraft(draft))
        print(json.dumps({"draft_id": draft_id, "step": step}), flush=True)
        time.sleep(KEYSTROKE_S)
    core.close()


def _do(core: Core, command: Command) -> object:
    return core.execution.run(lambda: core.bus.handle(command, core.session)).value


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
