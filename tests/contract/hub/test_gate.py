# SPDX-License-Identifier: MulanPSL-2.0
"""Who may talk to the hub: enrolment, signatures, revocation, limits, strangers (§2, §9, §12)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from counter.domain.signing import SigningKey, verify_json
from sync.hub.centre import Limits
from sync.hub.handlers import backoffice
from sync.protocol import errors
from sync.protocol.compression import Unpacker, compress
from sync.protocol.dictionaries import DICT_ID_HEADER, newest
from sync.protocol.expected import ACCEPT_DICT_HEADER, answers_to
from sync.protocol.http_signing import signed_headers
from sync.protocol.opened import PUSH_OPENED, RESULTS_OPENED, close_line, pack_push
from sync.protocol.wire import CERT_TYP, PING_TYP, PROBLEM_JSON, RESULT_TYP, Certificate
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body
from tests.fakes.proxy import BadLine


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def enrol(device: FakeDevice, code: str) -> httpx.Response:
    return httpx.post(f"{device.url}/v1/enrol", json=device.enrol_body(code), trust_env=False)


def code_of(reply: httpx.Response) -> str:
    assert reply.headers["content-type"] == PROBLEM_JSON
    return str(reply.json()["code"])


def test_enrolment_gives_a_certificate_once(hub: RunningHub) -> None:
    code = hub.code(counter_no=7)
    device = FakeDevice(hub.url)
    reply = device.enrol(code)
    certificate = Certificate.model_validate(
        verify_json(reply.certificate, device.centre_key, CERT_TYP)
    )
    assert (certificate.device_id, certificate.counter_no) == (device.device_id, 7)
    assert reply.hall.name == "柳河镇便民服务中心"
    assert enrol(device, code).json() == reply.model_dump(mode="json"), "a lost reply"
    other = enrol(FakeDevice(hub.url), code)
    assert (other.status_code, code_of(other)) == (409, errors.CODE_USED)
    wrong = enrol(FakeDevice(hub.url), "0000-0000-0000")
    assert (wrong.status_code, code_of(wrong)) == (403, errors.CODE_BAD)


def test_enrolment_needs_proof_of_the_key(hub: RunningHub) -> None:
    device = FakeDevice(hub.url)
    body = device.enrol_body(hub.code())
    body["public_key"] = SigningKey.generate("x").public_hex
    reply = httpx.post(f"{hub.url}/v1/enrol", json=body, trust_env=False)
    assert (reply.status_code, code_of(reply)) == (403, errors.CODE_BAD)


def test_guessing_codes_is_slowed_down(tmp_path: Path) -> None:
    with RunningHub(tmp_path, limits=Limits(enrol_per_minute=3)) as hub:
        replies = [enrol(FakeDevice(hub.url), "0000-0000-0000") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [403, 403, 403, 429]
    assert int(replies[-1].headers["Retry-After"]) >= 1


def test_ping_proves_the_centre(hub: RunningHub, device: FakeDevice) -> None:
    answer = get(f"{hub.url}/v1/ping?nonce=abcdefgh-1").json()["answer"]
    assert verify_json(answer, device.centre_key, PING_TYP)["nonce"] == "abcdefgh-1"
    with BadLine("127.0.0.1", hub.port) as line:
        line.always(portal=True)
        assert get(f"{line.url}/v1/ping?nonce=abcdefgh-1").status_code == 200
        line.always(refuse=True)
        with pytest.raises(httpx.TransportError):
            get(f"{line.url}/v1/ping?nonce=abcdefgh-1")


def test_unsigned_unknown_revoked_and_replayed(hub: RunningHub, device: FakeDevice) -> None:
    bare = get(f"{hub.url}/v1/sync/pull")
    assert (bare.status_code, code_of(bare)) == (401, errors.UNSIGNED)
    stranger = FakeDevice(hub.url).request("GET", "/v1/sync/pull")
    assert (stranger.status_code, code_of(stranger)) == (401, errors.UNKNOWN_DEVICE)
    url = f"{hub.url}/v1/sync/pull"
    head = signed_headers("GET", url, {}, None, device.key)
    statuses = [httpx.get(url, headers=head, trust_env=False).status_code for _ in range(2)]
    assert statuses == [200, 401]
    backoffice.revoke_device(hub.centre, device.device_id)
    revoked = device.request("GET", "/v1/sync/pull")
    assert (revoked.status_code, code_of(revoked)) == (403, errors.REVOKED)


def test_a_captured_request_is_good_once_even_over_a_restart(tmp_path: Path) -> None:
    with RunningHub(tmp_path) as hub:
        device = hub.new_device()
        url = f"{hub.url}/v1/sync/pull"
        head = signed_headers("GET", url, {}, None, device.key)
        assert httpx.get(url, headers=head, trust_env=False).status_code == 200
        hub.restart()
        again = httpx.get(url, headers=head, trust_env=False)
        assert (again.status_code, code_of(again)) == (401, errors.REPLAYED)
        for off in (-3600, 3600, 86400 * 365 * 20):
            when = datetime.now(UTC) + timedelta(seconds=off)
            head = signed_headers("GET", url, {}, None, device.key, created=when)
            reply = httpx.get(url, headers=head, trust_env=False)
            assert (reply.status_code, code_of(reply)) == (401, errors.STALE)


def test_signature_covers_query_and_content(hub: RunningHub, device: FakeDevice) -> None:
    url = f"{hub.url}/v1/sync/pull"
    head = signed_headers("GET", f"{url}?limit=5", {}, None, device.key)
    assert httpx.get(f"{url}?limit=6", headers=head, trust_env=False).status_code == 401
    url = f"{hub.url}/v1/blobs/have"
    head = signed_headers("POST", url, {}, b'{"blob_ids":[]}', device.key)
    other = httpx.post(url, headers=head, content=b'{"blob_ids":["x"]}', trust_env=False)
    assert (other.status_code, code_of(other)) == (401, errors.UNSIGNED)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 50_000, b"\xff\xfe", b'{"device_id":"\\ud800","epoch":1,"ops":["a"]}', b"1"],
)
def test_a_body_that_does_not_parse_is_a_4xx(device: FakeDevice, body: bytes) -> None:
    reply = device.request("POST", "/v1/sync/push", body)
    assert reply.status_code in {400, 422}
    assert code_of(reply) == errors.BAD_BODY


def test_odd_tokens_are_refused_one_by_one(device: FakeDevice) -> None:
    good = device.operation("visit.recorded", uuid7(), {}, entity="visit")
    tokens = ["", "a.b.c", "...", "\u0000", "e30.e30.e30", good.sign(device.key)]
    statuses = [result.status for result in device.push(tokens).results]
    assert statuses == ["rejected"] * 5 + ["applied"]


def test_compressed_push_and_bombs(hub: RunningHub, device: FakeDevice) -> None:
    op = device.operation("case.received", uuid7(), received_body())
    body = json.dumps(
        {"device_id": device.device_id, "epoch": device.epoch, "ops": [op.sign(device.key)]}
    ).encode()
    head = {"Content-Encoding": "zstd"}
    reply = device.request("POST", "/v1/sync/push", compress(body), head)
    assert device.read_push(reply.content).results[0].status == "applied"
    bomb = device.request("POST", "/v1/sync/push", compress(b" " * 20_000_000), head)
    assert (bomb.status_code, code_of(bomb)) == (413, errors.TOO_LARGE)
    big = device.request("POST", "/v1/sync/push", b" " * 5_000_000)
    assert big.status_code == 413
    unknown = device.request("POST", "/v1/sync/push", body, {"dict-id": "7"})
    assert (unknown.status_code, code_of(unknown)) == (415, errors.DICTIONARY)


def test_opened_tokens_with_the_dictionary_are_taken_and_answered_alike(
    device: FakeDevice,
) -> None:
    ops = [device.operation("case.received", uuid7(), received_body()) for _ in range(3)]
    asked = {"v": 1, "device_id": device.device_id, "epoch": device.epoch}
    body = pack_push(asked, [op.sign(device.key) for op in ops])
    dictionary = newest()
    assert dictionary is not None
    head = {
        "Content-Type": PUSH_OPENED,
        "Content-Encoding": "zstd",
        DICT_ID_HEADER: dictionary.dict_id,
    }
    reply = device.request("POST", "/v1/sync/push", compress(body, dictionary), head)
    assert reply.headers["content-type"] == RESULTS_OPENED
    results = b"\n".join(
        json.dumps({"result": close_line(line)}).encode() if b"\t" in line else line
        for line in reply.content.splitlines()
    )
    assert [r.status for r in device.read_push(results).results] == ["applied"] * 3
    other = device.request("POST", "/v1/sync/push", compress(body), head)
    assert other.status_code == 200, "a frame without its dictionary is read all the same"
    damaged = device.request("POST", "/v1/sync/push", b"x" + compress(body, dictionary), head)
    assert (damaged.status_code, code_of(damaged)) == (400, errors.BAD_BODY)


def test_answers_are_packed_with_the_dictionary_of_the_question(device: FakeDevice) -> None:
    ops = [device.operation("case.received", uuid7(), received_body()) for _ in range(3)]
    tokens = [op.sign(device.key) for op in ops]
    asked = {"v": 1, "device_id": device.device_id, "epoch": device.epoch}
    expected = answers_to(tokens)
    assert expected is not None
    plain = {"Content-Type": PUSH_OPENED, "Accept-Encoding": "zstd"}
    sizes = []
    for wish in (expected.dict_id, "of another version"):
        head = {**plain, ACCEPT_DICT_HEADER: wish}
        body, url = pack_push(asked, tokens), f"{device.url}/v1/sync/push"
        signed = signed_headers("POST", url, head, body, device.key)
        with httpx.stream("POST", url, content=body, headers=signed, trust_env=False) as reply:
            packed = b"".join(reply.iter_raw())
            mine = reply.headers.get(DICT_ID_HEADER, "")
        assert mine == (wish if wish == expected.dict_id else "")
        unpacker = Unpacker(100_000, expected if mine else None)
        lines = b"".join(unpacker.feed(packed)).splitlines()
        results = [verify_json(close_line(one), device.centre_key, RESULT_TYP) for one in lines[:3]]
        assert [one["op_id"] for one in results] == [op.op_id for op in ops]
        sizes.append(len(packed))
    assert sizes[0] < sizes[1] * 0.75, sizes


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b"[]\n", b"{}\n\xff\tx", b"{}\n\t\t\t", b"[" * 50_000, b"1\n2"]
)
def test_an_opened_body_that_does_not_parse_is_a_4xx(device: FakeDevice, body: bytes) -> None:
    reply = device.request("POST", "/v1/sync/push", body, {"Content-Type": PUSH_OPENED})
    assert (reply.status_code, code_of(reply)) == (422, errors.BAD_BODY)


def test_too_many_requests(tmp_path: Path) -> None:
    with RunningHub(tmp_path, limits=Limits(requests_per_s=0.1, request_burst=2)) as hub:
        device = hub.new_device()
        replies = [device.request("GET", "/v1/sync/pull") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert int(replies[-1].headers["Retry-After"]) >= 1


def test_strangers_find_health_and_the_contract_only(hub: RunningHub) -> None:
    assert get(f"{hub.url}/healthz").json() == {"status": "ok"}
    document = get(f"{hub.url}/openapi.json").json()
    assert "/v1/sync/push" in document["paths"]
    assert "PushRequest" in document["components"]["schemas"]
    assert code_of(get(f"{hub.url}/nothing")) == errors.NOT_FOUND
    assert get(f"{hub.url}/v1/admin/cases").status_code == 401


def test_keys_are_readable_by_their_owner_only(hub: RunningHub) -> None:
    for path in (hub.centre.data / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_many_counters_behind_one_address_all_get_their_ping(tmp_path: Path) -> None:
    """A city may have one address: what bounds a device must not bound the pings of all."""
    with RunningHub(tmp_path, limits=Limits(requests_per_s=0.1, request_burst=2)) as hub:
        url = f"{hub.url}/v1/ping?nonce=12345678"
        answers = [httpx.get(url, trust_env=False).status_code for _ in range(10)]
        assert answers == [200] * 10
