# SPDX-License-Identifier: MulanPSL-2.0
"""您可能还能办: quiet hints from what is known of a person, as rules in data (§10 rule c).

A hint proposes, it never decides and never stores anything; what is not known gives no hint.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import Field

from counter.domain.ages import parse_day
from counter.domain.catalog import Cel, Key, Strict
from counter.domain.catalog_finding import Finding
from counter.domain.cel import check_types, compile_expr
from counter.domain.conditions import Facts, holds
from counter.domain.errors import DomainError

FILE = "hints.json"
_SAMPLE: dict[str, Any] = {
    "today": "2026-11-23",
    "today_ymd": 20261123,
    "item": "elder_card",
    "held": ["disability_cert"],
    "days_since": {},
    "person": {
        "age": 80,
        "age_months": 960,
        "sex": "1",
        "id_type": "111",
        "region": "990123",
        "card_expired": False,
        "card_days_left": 30,
    },
}


class Hint(Strict):
    """One rule: when it holds, these items may concern the person too.

    ``when`` sees ``person`` (as item conditions do, and ``card_days_left``), ``item`` (code of the
    item at hand), ``held`` (keys of checked papers in the library) and ``days_since`` (item code →
    days since it was last received here).
    """

    key: Key
    when: Cel
    text: str = Field(min_length=1, max_length=80)
    items: tuple[Key, ...] = ()
    theme: str = ""


class Hints(Strict):
    """``hints.json``."""

    version: str
    hints: tuple[Hint, ...]


def hint_facts(
    known: Facts,
    item_code: str,
    held: Collection[str],
    taken: Mapping[str, str],
    valid_to: str = "",
) -> dict[str, Any]:
    """Return what hints may ask about.

    Args:
        known: From ``facts``.
        item_code: The item at hand.
        held: Keys of the person's checked papers.
        taken: Item code → ISO moment it was last received for this person.
        valid_to: Last day of the identity paper.
    """
    today = date.fromisoformat(known["today"])
    person = dict(known["person"])
    ends = parse_day(valid_to)
    if ends is not None:
        person["card_days_left"] = (ends - today).days
    days = {code: parse_day(at[:10]) for code, at in taken.items()}
    return {
        "today": known["today"],
        "today_ymd": known["today_ymd"],
        "item": item_code,
        "held": sorted(held),
        "days_since": {code: (today - day).days for code, day in days.items() if day},
        "person": person,
    }


def hints_for(rules: Iterable[Hint], known: Facts) -> list[Hint]:
    """Return the hints that hold, without those about nothing but the item at hand."""
    return [
        rule
        for rule in rules
        if set(rule.items) - {known["item"]} or rule.theme
        if holds(rule.when, known) is True
    ]


def check_hints(hints: Hints, items: Collection[str], themes: Collection[str]) -> list[Finding]:
    """Return faults: unknown items or themes, nothing proposed, conditions that do not compile."""
    found = []
    seen: set[str] = set()
    for at, rule in enumerate(hints.hints):
        place = ("hints", at)
        if rule.key in seen:
            found.append(_fault("HINT-TWICE", (*place, "key"), f"「{rule.key}」用了两次。"))
        seen.add(rule.key)
        found += [
            _fault("HINT-ITEM", (*place, "items"), f"没有「{code}」这个事项。")
            for code in rule.items
            if code not in items
        ]
        if rule.theme and rule.theme not in themes:
            found.append(
                _fault("HINT-THEME", (*place, "theme"), f"没有「{rule.theme}」这个一件事。")
            )
        if not rule.items and not rule.theme:
            found.append(_fault("HINT-EMPTY", place, "没有写能办什么。"))
        found += [_fault("HINT-WHEN", (*place, "when"), words) for words in _wrong(rule.when)]
    return found


def _wrong(source: str) -> list[str]:
    """Say what is wrong with a condition: it does not compile, or asks what nobody knows."""
    try:
        paths = compile_expr(source).paths
    except DomainError as error:
        return [error.what]
    out = []
    for path in sorted(paths):
        root, _, rest = path.partition(".")
        known = _SAMPLE.get(root)
        leaf = rest.partition(".")[0]
        if known is None or (root == "person" and leaf not in known):
            out.append(f"提示不知道「{path}」。")
    return out or [problem.text for problem in check_types(source, _SAMPLE)]


def _fault(code: str, place: tuple[str | int, ...], text: str) -> Finding:
    return Finding(code, FILE, place, text, "请核对 hints.json 里的这一条。")
