# SPDX-License-Identifier: MulanPSL-2.0
"""From a case to its exchange rows; every value is checked before it may leave."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from counter.domain.case import DECIDED, FINAL, CaseState
from counter.domain.case_moves import ACCEPTING, TRANSITIONS
from sync.hub.exchange.mapping import ColumnMap, Mapping, TableMap
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.exchange import Problem
from sync.hub.storage.exchange_target import TargetRow, Value

# Fixed for ever: the same case gives the same row_guid on every hub and in every year.
NAMESPACE = uuid.UUID("6b2f5c0e-7d1a-5f43-9a52-0c4e1d7b9f10")
BEIJING = timezone(timedelta(hours=8))
_INTEGER_DIGITS = 9  # an INTEGER column takes no more


@dataclass(frozen=True)
class Published:
    """An item version as the centre published it."""

    body: dict[str, Any]
    rev: int


_SPECIAL, _SPECIAL_END = TRANSITIONS["suspend"].word, TRANSITIONS["resume"].word


class BadValueError(Exception):
    """A value that the column may not hold; ``detail`` holds no personal data."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep the parts."""
        super().__init__(code)
        self.code = code
        self.detail = detail


def scope_of(case: CaseRow, item: Published, data_source: str, level: str = "") -> dict[str, Any]:
    """Return everything that paths of a mapping can name."""
    events: list[dict[str, Any]] = case.view.get("events", [])
    closed = CaseState(case.state) in FINAL
    agent = case.body.get("agent") or {}
    words = {TRANSITIONS[name].word for name in ACCEPTING}
    outcome = case.view.get("life", {}).get("outcome") or case.state
    return {
        "case": {name: value for name, value in vars(case).items() if isinstance(value, str | int)},
        "body": case.body,
        "view": case.view,
        "item": item.body,
        "published": {"rev": item.rev},
        "contact": agent.get("person") or case.body.get("applicant", {}),
        "accepting": next((e for e in events if e["what"] in words), {}),
        "closing": _closing(events) if closed else {},
        "outcome": outcome if closed else "",
        "granted": item.body if closed and outcome == CaseState.APPROVED.value else {},
        "exchange": {"data_source": data_source},
        "rating": {"level": level},
    }


def _closing(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the event that ended the case; what came behind (送达, 归档) ends nothing."""
    ends = {rule.word for rule in TRANSITIONS.values() if rule.target in DECIDED}
    last = events[-1] if events else {}
    return next((event for event in reversed(events) if event["what"] in ends), last)


def look_up(scope: dict[str, Any], path: str) -> str:
    """Return the text at a dotted path, or an empty one."""
    found: Any = scope
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return "" if found is None or isinstance(found, dict | list) else str(found).strip()


def build(
    case: CaseRow, item: Published, mapping: Mapping, data_source: str, level: str = ""
) -> tuple[list[TargetRow], list[Problem]]:
    """Return the good rows of a case in upload order, and what is wrong with the others.

    ``level`` is the citizen's rating of it (1 非常满意 … 5), "" without one.
    """
    scope = scope_of(case, item, data_source, level)
    rows: list[TargetRow] = []
    problems: list[Problem] = []
    for table in mapping.tables:
        for key, extra in _each(table, scope):
            inner = {**scope, "row": extra}
            if not _wanted(table, inner):
                continue
            guid = str(uuid.uuid5(NAMESPACE, f"{table.table}/{case.case_id}/{key}"))
            values: dict[str, Value] = {}
            faults: list[Problem] = []
            for column in table.columns:
                try:
                    values[column.column] = _value(column, inner, mapping)
                except BadValueError as error:
                    faults.append(_problem(case, table, guid, column.column, error))
            problems += faults
            if not faults:
                rows.append(_row(table, case, guid, values))
    return rows, problems


def _each(table: TableMap, scope: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each row's stable key and its own part of the scope."""
    if table.each == "case":
        yield "", {}
    elif table.each == "events":
        # Events are only ever appended, so the place in the list is a key.
        events: list[dict[str, Any]] = scope["view"].get("events", [])
        times = [event["at"] for event in events]
        for number, event in enumerate(events):
            ended = times[number + 1] if number + 1 < len(times) else ""
            if event["what"] == _SPECIAL:
                ended = next((e["at"] for e in events[number:] if e["what"] == _SPECIAL_END), "")
            started = times[max(0, number - 1)]
            yield str(number), {**event, "started_at": started, "ended_at": ended}
    else:
        known = {m["key"]: m for m in scope["item"].get("materials", [])}
        for given in scope["body"].get("materials", []):
            yield given["key"], {**given, "material": known.get(given["key"], {})}


def _wanted(table: TableMap, scope: dict[str, Any]) -> bool:
    return all(look_up(scope, path) for path in table.requires) and all(
        look_up(scope, path) in allowed for path, allowed in table.where.items()
    )


def _value(column: ColumnMap, scope: dict[str, Any], mapping: Mapping) -> Value:
    found = (look_up(scope, path) for path in column.paths)
    text = next((text for text in found if text), column.value)
    text = column.translate.get(text, text)
    if text and column.map:
        theirs = mapping.codes.mappings[column.map].theirs(text)
        if theirs is None:
            raise BadValueError("not_mapped", f"对方没有和它对应的代码（{column.map}）")
        text = theirs
    if not text:
        if column.required:
            raise BadValueError("empty", "必填，没有内容")
        return None
    if column.max and len(text) > column.max:
        raise BadValueError("too_long", f"{len(text)} 字，最多 {column.max} 字")
    if column.list and text not in mapping.settings.lists[column.list].codes:
        raise BadValueError("not_in_list", f"不在代码表 {column.list} 里")
    if column.type == "number":
        if not (text.isascii() and text.isdigit() and len(text) <= _INTEGER_DIGITS):
            raise BadValueError("not_a_number", "不是整数")
        return int(text)
    return _moment(text) if column.type == "time" else text


def _moment(text: str) -> datetime:
    """Read a moment or a day as Beijing time without zone, whole seconds, as the tables hold."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValueError("not_a_time", "不是日期或时间") from error
    local = found.astimezone(BEIJING) if found.tzinfo else found
    return local.replace(tzinfo=None, microsecond=0)


def _row(table: TableMap, case: CaseRow, guid: str, values: dict[str, Value]) -> TargetRow:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    digest = hashlib.sha256(f"{table.table}\n{text}".encode()).hexdigest()
    return TargetRow(table.table, guid, case.case_id, values, digest)


def _problem(
    case: CaseRow, table: TableMap, guid: str, column: str, error: BadValueError
) -> Problem:
    return Problem(
        row_guid=guid,
        column_name=column,
        table_name=table.table,
        case_id=case.case_id,
        project_no=case.project_no,
        code=error.code,
        detail=error.detail,
    )
