# SPDX-License-Identifier: MulanPSL-2.0
"""Whatever results arrive in whatever order: a thousand operations keep the rules of §3."""

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter.domain.operations import verify_operation
from tests.storage.kit import SIGNER, Home, put_case
from tests.storage.test_sync_store import NOW, result

OPS = 50
STATUSES = ("applied", "already", "held", "conflict", "rejected", "later")
ANSWERS = st.lists(
    st.tuples(st.integers(0, OPS - 1), st.sampled_from(STATUSES)), min_size=20, max_size=150
)
FINAL_WORD = {"applied": "APPLIED", "already": "APPLIED"}


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(answers=ANSWERS, restarts=st.sets(st.integers(0, 149), max_size=3))
def test_states_move_only_right_and_nothing_is_lost(
    answers: list[tuple[int, str]], restarts: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with home.open() as store, store.unit_of_work() as work:
            ops = [put_case(work)[1] for _ in range(OPS)]
            work.commit()
        applied: set[str] = set()
        batch = []
        for number, (index, status) in enumerate(answers):
            op_id = ops[index].op_id
            batch.append(result(op_id, status, rev=0))
            if status in FINAL_WORD:
                applied.add(op_id)
            if number in restarts or number == len(answers) - 1:
                with home.open() as store:
                    store.sync_store().settle(batch)
                batch = []
        answered = {ops[i].op_id for i, status in answers if status != "later"}
        with home.open() as store:
            rows = store.queries(lambda: home.clock.now().date()).outbox(OPS * 2)
            sendable = {row.op_id for row in store.sync_store().sendable(NOW, OPS * 2)}
        assert sorted(row.seq for row in rows) == list(range(1, OPS + 1))
        assert {row.op_id for row in rows if row.state == "APPLIED"} == applied
        assert sendable == {op.op_id for op in ops} - answered
        chained = sorted(rows, key=lambda row: row.seq)
        for row, op in zip(chained, ops, strict=True):
            assert verify_operation(row.jws, SIGNER.public_hex) == op
        for before, behind in pairwise(ops):
            assert behind.prev_hash == before.op_hash()
