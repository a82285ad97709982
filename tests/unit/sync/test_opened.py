# SPDX-License-Identifier: MulanPSL-2.0
"""Tokens opened for the line come back byte for byte, and the dictionary is worth its bytes."""

from __future__ import annotations

import contextlib
import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.domain.signing import SigningKey, verify_json
from sync.protocol.compression import CompressionError, compress, decompress
from sync.protocol.dictionaries import FOLDER, SIZE, known, newest
from sync.protocol.opened import close_line, open_token, pack_push, unpack_push
from tests.fakes.hub import received_body
from tests.fakes.sync_store import make_op

KEY = SigningKey.generate("device-1")
HEAD = {"v": 1, "device_id": "d", "epoch": 1, "head_seq": 7}


def token(seq: int, **body: str) -> str:
    return make_op(KEY, "device-1", seq, kind="case.received", body=received_body() | body)[1]


@given(st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x2FFF), max_size=60))
def test_a_signed_token_comes_back_as_it_was(words: str) -> None:
    signed = token(1, note=words)
    line = open_token(signed)
    assert b"\n" not in line
    assert line.startswith(b"{"), "the content lies open"
    assert close_line(line) == signed
    verify_json(close_line(line), KEY.public_hex, "yc-op+jws")


@given(st.text(alphabet="abcXYZ019-_=.+/~", max_size=80))
def test_what_is_no_token_travels_as_it_is(text: str) -> None:
    assert close_line(open_token(text)) == text


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with contextlib.suppress(ValueError, RecursionError):
        unpack_push(body)


def test_a_push_comes_back_as_it_was() -> None:
    tokens = [token(seq) for seq in range(1, 4)]
    assert unpack_push(pack_push(dict(HEAD), tokens)) == {**HEAD, "ops": tokens}


def test_a_chain_of_operations_does_not_repeat_the_hashes_that_link_it() -> None:
    before, links = "0" * 64, []
    for seq in range(1, 6):
        op, signed = make_op(KEY, "device-1", seq, kind="visit.recorded", prev_hash=before, body={})
        before = op.op_hash()
        links.append(signed)
    body = pack_push(dict(HEAD), links)
    assert before not in body.decode()
    assert body.count(b"\x01") == 4
    assert unpack_push(body)["ops"] == links
    assert unpack_push(pack_push(dict(HEAD), links[::2]))["ops"] == links[::2]


def test_a_mark_stands_for_one_hash_however_often_it_is_written() -> None:
    body = b"{}\n{}\t{}\ts\n" + b"\x01" * 1000 + b"\t{}\ts"
    assert len(str(unpack_push(body)["ops"])) < 3000


def test_opened_with_the_dictionary_one_operation_is_a_third_of_plain_zstd() -> None:
    """The gain is largest where it counts: one case sent right after it was received."""
    dictionary = newest()
    assert dictionary is not None
    signed = token(1)
    plain = len(compress(f'{{"ops":["{signed}"]}}'.encode()))
    lean = len(compress(pack_push(dict(HEAD), [signed]), dictionary))
    assert lean < plain * 0.55, (lean, plain)


def test_a_dictionary_is_named_by_its_content_and_is_small() -> None:
    for path in FOLDER.glob("*.zdict"):
        content = path.read_bytes()
        assert len(content) <= SIZE
        assert hashlib.sha256(content).hexdigest()[:16] in known()


def test_without_the_dictionary_or_damaged_it_is_refused_and_never_guessed() -> None:
    dictionary = newest()
    packed = compress(b'{"kind":"case.received"}' * 20, dictionary)
    with pytest.raises(CompressionError):
        decompress(packed, limit=10_000)
    chance = random.Random(5)
    for _ in range(300):
        broken = bytearray(packed)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(CompressionError):
            assert len(decompress(bytes(broken), limit=10_000, dictionary=dictionary)) <= 10_000
