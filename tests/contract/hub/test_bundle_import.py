# SPDX-License-Identifier: MulanPSL-2.0
"""Bundles as the centre meets them, whatever counter wrote them (sync-protocol §10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.domain.canonical import sha256_hex
from counter.domain.operations import Operation
from counter.domain.signing import SigningKey, verify_json
from sync.hub.handlers import backoffice
from sync.hub.handlers.bundle import import_bundle
from sync.protocol import bundle
from sync.protocol.bundle import BundleError, BundleFile, Manifest
from sync.protocol.wire import RESULT_TYP
from tests.fakes.device import FakeDevice, uuid7
from tests.fakes.hub import RunningHub, received_body


def carried(
    hub: RunningHub,
    device: FakeDevice,
    path: Path,
    tokens: list[str],
    pages: tuple[tuple[str, bytes], ...] = (),
    device_id: str = "",
) -> Path:
    """Write a bundle of these tokens and pages (media type, bytes), in this order."""
    content = {f"data/ops/{n:06d}.jws": t.encode() for n, t in enumerate(tokens, 1)}
    kinds = {f"data/blobs/{sha256_hex(data)}": kind for kind, data in pages}
    content |= {f"data/blobs/{sha256_hex(data)}": data for _, data in pages}
    manifest = Manifest(
        kind="out",
        bundle_id=uuid7(),
        device_id=device_id or device.device_id,
        created_at="2026-11-22T09:00:00+08:00",
        files=tuple(
            BundleFile(
                path=name, size=len(data), sha256=sha256_hex(data), media_type=kinds.get(name, "")
            )
            for name, data in content.items()
        ),
    )
    with path.open("wb") as file:
        to = [hub.centre.keys.seal.to_public()]
        bundle.write(file, manifest.sign(device.key), manifest, lambda one: content[one.path], to)
    return path


def case(device: FakeDevice) -> Operation:
    return device.operation("case.received", uuid7(), received_body())


def test_an_operation_before_the_one_it_needs_is_released_and_the_answer_says_so(
    hub: RunningHub, device: FakeDevice, tmp_path: Path
) -> None:
    first = case(device)
    body = {"reason": "不办了", "withdrawn_at": "2026-11-22T10:00:00+08:00"}
    second = device.operation(
        "case.withdrawn", first.entity_id, body, depends_on=(first.op_id,), base_rev=1
    )
    tokens = [op.sign(device.key) for op in (second, first)]
    done = import_bundle(hub.centre, carried(hub, device, tmp_path / "a.ycb", tokens))
    assert done.statuses == {"applied": 2}
    public = hub.centre.keys.signing.public_hex
    told = [verify_json(result, public, RESULT_TYP) for result in done.results]
    assert [result["op_id"] for result in told] == [second.op_id, first.op_id]


def test_after_the_line_the_bundle_is_answered_already(
    hub: RunningHub, device: FakeDevice, tmp_path: Path
) -> None:
    op = case(device)
    (before,) = device.push([op]).results
    path = carried(hub, device, tmp_path / "a.ycb", [op.sign(device.key)])
    for _ in range(2):
        done = import_bundle(hub.centre, path)
        payload = verify_json(done.results[0], hub.centre.keys.signing.public_hex, RESULT_TYP)
        assert (payload["status"], payload["human_no"]) == ("already", before.human_no)
    rows = [row for row in backoffice.list_cases(hub.centre) if row["case_id"] == op.entity_id]
    assert len(rows) == 1


def test_one_bad_operation_stops_none_of_the_others(
    hub: RunningHub, device: FakeDevice, tmp_path: Path
) -> None:
    """S6: what another key signed, and what is no token at all, is refused by itself."""
    good, forged = case(device), case(device)
    stranger = SigningKey.generate(device.key.kid)
    tokens = ["no token \x00 at all", forged.sign(stranger), good.sign(device.key)]
    done = import_bundle(hub.centre, carried(hub, device, tmp_path / "a.ycb", tokens))
    assert done.statuses == {"rejected": 2, "applied": 1}


def test_another_device_s_operations_may_travel_in_ours(
    hub: RunningHub, device: FakeDevice, tmp_path: Path
) -> None:
    """S10: the operation's own signature says whose it is, not the bundle's."""
    neighbour = hub.new_device()
    op = case(neighbour)
    path = carried(hub, device, tmp_path / "a.ycb", [op.sign(neighbour.key)])
    assert import_bundle(hub.centre, path).statuses == {"applied": 1}


def test_pages_are_stored_once_and_as_they_are(
    hub: RunningHub, device: FakeDevice, tmp_path: Path
) -> None:
    page = uuid7().encode() * 100_000  # longer than the hub's buffer
    path = carried(hub, device, tmp_path / "a.ycb", [], (("image/jpeg", page),))
    assert import_bundle(hub.centre, path).new_pages == 1
    assert hub.centre.files.path(sha256_hex(page)).read_bytes() == page
    again = import_bundle(hub.centre, path)
    assert (again.new_pages, again.held_pages) == (0, (sha256_hex(page),))
    assert list((hub.centre.data / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "device_id", "code"),
    [("no media type", "", "BUNDLE-FORM"), ("image/jpeg", "somebody", "BUNDLE-FOREIGN")],
)
def test_a_manifest_that_does_not_fit_is_refused_as_a_whole(
    hub: RunningHub, device: FakeDevice, tmp_path: Path, kind: str, device_id: str, code: str
) -> None:
    op, page = case(device), uuid7().encode()
    path = tmp_path / "a.ycb"
    carried(hub, device, path, [op.sign(device.key)], ((kind, page),), device_id)
    with pytest.raises(BundleError) as caught:
        import_bundle(hub.centre, path)
    assert caught.value.code == code
    assert not hub.centre.files.path(sha256_hex(page)).exists()
    assert op.op_id not in {row["op_id"] for row in backoffice.list_ops(hub.centre)}


def test_a_file_that_is_not_there_is_said_in_words(hub: RunningHub, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        import_bundle(hub.centre, tmp_path / "none.ycb")
    assert caught.value.code == "BUNDLE-READ"


@pytest.mark.parametrize("kid", ["", "nobody", "nul\x00", "x" * 100_000, "柜台"])
def test_a_bundle_of_nobody_is_refused(
    hub: RunningHub, device: FakeDevice, tmp_path: Path, kid: str
) -> None:
    path = tmp_path / "a.ycb"
    honest, device.key = device.key, SigningKey.generate(kid)
    carried(hub, device, path, ["a.b.c"])
    device.key = honest
    with pytest.raises(BundleError) as caught:
        import_bundle(hub.centre, path)
    assert caught.value.code == "BUNDLE-FOREIGN"
