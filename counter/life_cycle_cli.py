# SPDX-License-Identifier: MulanPSL-2.0
"""``counter life-cycle``: the life of a case as tables and diagram, made from the declared table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

from counter.domain.case import CLOCK_WORDS, STATE_WORDS, STATES, CaseState, Clock
from counter.domain.case_moves import (
    NEED_WORDS,
    OFFLINE_WORDS,
    PAPER_WORDS,
    ROLE_WORDS,
    SIDE_WORDS,
    TRANSITIONS,
    Transition,
)

_HEAD = """\
# 办件的一生

本页由 `counter life-cycle --doc` 从 `counter/domain/case.py` 和 `case_moves.py` 生成，不要手改；测试核对两者一致。
来源：域说明 §3.2（状态、文书）、§3.3（时限）、§3.7（没有网络时能做什么）。送达中心与否是另一回事，不在这里。
"""
_RULES = """\
## 另外要守的规矩

| 代号 | 什么时候拦下 |
|---|---|
| CASE-MOVE | 这个状态没有这一步；收件以后不能删除，只能撤回或退件 |
| CASE-SIDE | 要由另一边决定 |
| CASE-ROLE | 岗位不对 |
| CASE-NEED | 缺了上表「要写明」的内容 |
| CASE-OFFLINE | 事项没有授权窗口受理 |
| CASE-GAP | 容缺材料还没补齐，不能办结、不能发结果；没有容缺的，不能按容缺受理 |
| CASE-SECOND | 第二次补正告知提出了第一次就看得出来的问题，又没有值班长的理由 |
| CASE-DEEMED | 答复期限已过，依法视为受理，不能再补正、不予受理或退件 |
| CASE-STEP | 没有审核就批准 |
| CASE-EXTENDED、CASE-DAYS | 只能延长一次，最多 15 个工作日 |

受理日是最后一件材料收到的那天（收件当时就齐全的，是收件那天），承诺期限从下一个工作日起算；办理的时刻另外记着，不能倒填。
特别程序开始的当天仍计算，从次日到结束日不计算。作出准予或不予的决定后，10 个工作日内送达。
"""


def document() -> str:
    """Return ``docs/life-cycle.md``."""
    parts = [_HEAD, "## 图\n", _diagram(), "## 状态\n", _states(), "## 步骤\n", _moves(), _RULES]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _in_order(states: Iterable[CaseState]) -> list[CaseState]:
    return sorted(states, key=list(CaseState).index)


def _arrows() -> Iterator[str]:
    for rule in TRANSITIONS.values():
        for source in _in_order(rule.sources):
            if rule.target is not None:
                yield f"    {source} --> {rule.target}: {rule.word}"


def _diagram() -> str:
    names = [f"    {state}: {word}" for state, word in STATE_WORDS.items()]
    lines = ["stateDiagram-v2", *names, "    [*] --> draft", *_arrows(), "    archived --> [*]"]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def papers_of(state: CaseState) -> list[str]:
    """Return the codes of the papers that entering a state gives."""
    into = [r for r in TRANSITIONS.values() if r.target is state and state not in r.sources]
    return list(dict.fromkeys(rule.paper for rule in into if rule.paper))


def _paper(code: str) -> str:
    return f"{PAPER_WORDS[code]}（{code}）" if code else "—"


def _states() -> str:
    rows = [
        (
            spec.word,
            f"`{spec.state}`",
            CLOCK_WORDS[spec.clock] if spec.clock is not Clock.NONE else "—",
            "、".join(map(_paper, papers_of(spec.state))) or "—",
            spec.text,
        )
        for spec in STATES.values()
    ]
    return _table(("状态", "存储值", "时限", "文书", "意思"), rows)


def _row(rule: Transition) -> tuple[str, ...]:
    target = STATE_WORDS[rule.target] if rule.target else "（不变）"
    roles = [word for role, word in ROLE_WORDS.items() if role in rule.roles]
    return (
        rule.word,
        f"`{rule.name}`",
        "、".join(STATE_WORDS[state] for state in _in_order(rule.sources)),
        target,
        SIDE_WORDS[rule.side],
        "、".join(roles),
        OFFLINE_WORDS[rule.offline] if rule.side != "centre" else "—",
        "、".join(NEED_WORDS[need] for need in rule.needs) or "—",
        _paper(rule.paper),
    )


def _moves() -> str:
    head = ("步骤", "名称", "从", "到", "哪边", "谁", "没有网络", "要写明", "文书")
    return _table(head, [_row(rule) for rule in TRANSITIONS.values()])


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables (``--doc``: the whole page) or what is open from one state."""
    parser = argparse.ArgumentParser(
        prog="counter life-cycle", description="办件的状态、步骤、时限和文书"
    )
    parser.add_argument("state", nargs="?", choices=[s.value for s in CaseState], metavar="STATE")
    parser.add_argument("--doc", action="store_true", help="写出整页文档（docs/life-cycle.md）")
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    if arguments.state:
        state = CaseState(arguments.state)
        print(f"{STATE_WORDS[state]}：{STATES[state].text}")
        for rule in TRANSITIONS.values():
            if state in rule.sources:
                word = STATE_WORDS[rule.target] if rule.target else "不变"
                print(f"  {rule.word}（{rule.name}）→ {word}，{SIDE_WORDS[rule.side]}")
        return 0
    print(document() if arguments.doc else f"{_states()}\n{_moves()}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
