# SPDX-License-Identifier: MulanPSL-2.0
"""Which papers a case may have now: its state and the values the paper must not lack."""

from __future__ import annotations

from counter.app.papers.content import PaperContent
from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.papers import PaperKind

AFTERWARDS = frozenset({CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED})


def value_of(content: PaperContent, path: str) -> object:
    """Return the value at a dotted name, ``None`` where a part on the way is missing."""
    value: object = content
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def why_not(kind: PaperKind, state: CaseState, content: PaperContent, outcome: str = "") -> str:
    """Return why the paper may not be printed now, '' if it may; all rules are in the data.

    ``outcome`` is how the case ended (``CaseLife.outcome``): what was handed out or archived keeps
    the papers of its own end and no others.
    """
    if not _fits(kind, state, outcome):
        words = "、".join(STATE_WORDS[one] for one in kind.states)
        return kind.states_words or (
            f"办件现在是「{STATE_WORDS[state]}」，这份文书要在「{words}」时打印。"
        )
    return next((need.words for need in kind.needs if not value_of(content, need.value)), "")


def belongs(kind: PaperKind, state: CaseState, outcome: str = "") -> bool:
    """Return whether the paper is offered for a case in this state at all."""
    return kind.about == "case" and _fits(kind, state, outcome)


def _fits(kind: PaperKind, state: CaseState, outcome: str) -> bool:
    """After the end both the state and what the case ended in must be among the paper's states."""
    asked = {state, CaseState(outcome)} if outcome and state in AFTERWARDS else {state}
    return not kind.states or asked <= set(kind.states)
