# SPDX-License-Identifier: MulanPSL-2.0
"""The short ways to canonical JSON and to a signature are the libraries', byte for byte."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from counter.domain.canonical import Json, canonical_bytes
from counter.domain.signing import SignatureError, SigningKey, sign_json, verify_json

TEXTS = st.text(st.characters(codec="utf-8"))
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def _values(numbers: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        st.none() | st.booleans() | numbers | TEXTS,
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
        max_leaves=20,
    )


VALUES, WITHOUT_FLOATS = _values(INTEGERS | FLOATS), _values(INTEGERS)


@given(VALUES)
def test_it_writes_what_the_library_writes(value: Json) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(WITHOUT_FLOATS)
def test_what_is_canonical_stays_so(value: Json) -> None:
    known = rfc8785.dumps(value)
    assert canonical_bytes(json.loads(known)) == known  # its keys are in order


@pytest.mark.parametrize(
    "value",
    [
        {"\U0001f600": 1, "\uffee": 2},  # sorted as UTF-16: the first one comes first
        {"a": 1.0, "b": -0.0, "c": 1e21},
        [True, 1, None, '\x00\x1f\x7f\u2028"\\/'],
        {"中": ["文", {"é": "e\u0301"}], "": {}},
        ("a", ("b",)),
    ],
)
def test_what_python_alone_would_write_otherwise(value: Json) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), {1: 2}, "\ud800", {"a": b"b"}])
def test_it_refuses_what_the_library_refuses(value: Json) -> None:
    with pytest.raises(Exception) as known:  # noqa: PT011 - whatever the library raises
        rfc8785.dumps(value)
    with pytest.raises(type(known.value)):
        canonical_bytes(value)


@pytest.mark.parametrize("kid", ["centre-1", "", 'é"\\'])
def test_it_signs_as_the_library_does(kid: str) -> None:
    key = SigningKey.from_seed(kid, bytes(range(32)))
    payload: dict[str, Json] = {"b": 1, "a": "中文"}
    token = sign_json(payload, key, "yc-op+jws")
    header = {"alg": "Ed25519", "kid": kid, "typ": "yc-op+jws"}
    jwk = OKPKey.import_key(key.private)
    known = jws.serialize_compact(header, canonical_bytes(payload), jwk, algorithms=["Ed25519"])
    assert token == known
    assert verify_json(token, key.public_hex, "yc-op+jws") == payload


@pytest.mark.parametrize("payload", ['{"a":1' + "0" * 30 + "}", '{"a":NaN}', '{"a":"\\ud800"}'])
def test_what_has_no_canonical_form_is_no_good_signature(payload: str) -> None:
    key = SigningKey.from_seed("device-1", bytes(range(32)))
    header = {"alg": "Ed25519", "kid": key.kid, "typ": "yc-op+jws"}
    jwk = OKPKey.import_key(key.private)
    token = jws.serialize_compact(header, payload.encode(), jwk, algorithms=["Ed25519"])
    with pytest.raises(SignatureError, match="规范格式"):
        verify_json(token, key.public_hex, "yc-op+jws")
