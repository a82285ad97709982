# SPDX-License-Identifier: MulanPSL-2.0
"""Answers packed with what both ends expect: read as they arrive, and never read wrongly."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.domain.operations import BlobRef
from counter.domain.signing import SigningKey, sign_json
from sync.client.outcomes import LineError
from sync.client.reading import unpacked
from sync.protocol.compression import compress_lines
from sync.protocol.dictionaries import DICT_ID_HEADER
from sync.protocol.expected import answers_to
from sync.protocol.opened import open_token
from sync.protocol.wire import RESULT_TYP, OpResult
from tests.fakes.sync_store import make_op

KEY = SigningKey.generate("device-1")
CENTRE = SigningKey.generate("centre-1")
PAGE = BlobRef(blob_id="ab" * 32, size=1, role="material.0", media_type="image/jpeg", required=True)
MADE = [make_op(KEY, "device-1", seq, kind="visit.recorded", body={}) for seq in range(1, 9)]
TOKENS = [token for _, token in MADE]


class Arriving:
    """A body that comes in pieces of five bytes and may be closed."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return (self.content[at : at + 5] for at in range(0, len(self.content), 5))

    def close(self) -> None:
        self.closed = True


def answers() -> list[bytes]:
    results = [OpResult(op_id=op.op_id, op_hash=op.op_hash(), status="applied") for op, _ in MADE]
    signed = [sign_json(one.model_dump(mode="json"), CENTRE, RESULT_TYP) for one in results]
    return [open_token(token) + b"\n" for token in signed]


def headers(name: str) -> dict[str, str]:
    return {"content-encoding": "zstd", DICT_ID_HEADER.lower(): name}


def test_an_answer_costs_little_more_than_its_signature() -> None:
    dictionary = answers_to(TOKENS)
    sizes = [len(piece) for piece in compress_lines(answers(), dictionary)]
    plain = [len(piece) for piece in compress_lines(answers())]
    assert max(sizes[1:]) < 120 < min(plain[1:-1])
    assert sizes[0] < plain[0] * 0.6, "even where only one is asked"


def test_both_ends_make_the_same_and_each_answer_can_be_read_when_it_arrives() -> None:
    here, there = answers_to(TOKENS), answers_to(list(TOKENS))
    assert here is not None
    assert there is not None
    assert here.dict_id == there.dict_id
    packed = b"".join(compress_lines(answers(), there))
    read = unpacked(Arriving(packed), headers(here.dict_id), here, 100_000)
    assert b"".join(read) == b"".join(answers())


def test_another_question_has_another_name() -> None:
    one, other = answers_to(TOKENS[:3]), answers_to(TOKENS[1:4])
    assert one is not None
    assert other is not None
    assert one.dict_id != other.dict_id


def test_an_answer_with_a_dictionary_nobody_offered_is_damage_and_no_guess() -> None:
    dictionary = answers_to(TOKENS)
    body = Arriving(b"".join(compress_lines(answers(), dictionary)))
    with pytest.raises(LineError):
        b"".join(unpacked(body, headers("0" * 16), answers_to(TOKENS[:2]), 100_000))
    assert body.closed


def test_missing_pages_are_named_for_little() -> None:
    pages = tuple(PAGE.model_copy(update={"blob_id": f"{n:02x}" * 32}) for n in range(3))
    op, token = make_op(KEY, "device-1", 1, kind="visit.recorded", body={}, blobs=pages)
    result = OpResult(
        op_id=op.op_id,
        op_hash=op.op_hash(),
        status="applied",
        missing_blobs=tuple(page.blob_id for page in pages),
    )
    line = open_token(sign_json(result.model_dump(mode="json"), CENTRE, RESULT_TYP))
    assert sum(map(len, compress_lines([line], answers_to([token])))) < 220


@given(st.lists(st.text(alphabet="abcXYZ019-_=.+/~\x01\n", max_size=60), max_size=4))
def test_whatever_was_sent_something_is_answered(tokens: list[str]) -> None:
    answers_to(tokens)


def test_damage_is_refused_or_read_and_never_a_crash() -> None:
    dictionary = answers_to(TOKENS)
    assert dictionary is not None
    packed = b"".join(compress_lines(answers(), dictionary))
    chance = random.Random(7)
    for _ in range(300):
        broken = bytearray(packed)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(LineError):
            body = Arriving(bytes(broken))
            b"".join(unpacked(body, headers(dictionary.dict_id), dictionary, 100_000))
