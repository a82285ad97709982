# SPDX-License-Identifier: MulanPSL-2.0
"""Other ways of a bundle: carried by a neighbour, out of a broken database, set aside when spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.domain.errors import KnownError
from sync.client.bundle_return import import_return
from sync.client.centre import Centre
from sync.client.courier_cli import main as courier_main
from sync.client.relay import relay
from sync.client.transport import Transport
from sync.hub.__main__ import main as hub_main
from sync.hub.storage import oplog
from sync.protocol.bundle_file import Disk
from sync.protocol.quarantine import FOLDER
from tests.contract.client.courier_pair import Pair
from tests.contract.client.test_bundles import CASES, pair, world
from tests.fakes.proxy import BadLine

__all__ = ["pair", "world"]  # fixtures
pytestmark = pytest.mark.slow


def neighbour(pair: Pair, url: str = "") -> tuple[Transport, Centre]:
    """Another enrolled counter with a line."""
    device = pair.hub.new_device()
    return Transport(url or pair.hub.url, device.key), Centre(pair.core.identity.centre_keys)


def test_a_neighbour_carries_what_it_cannot_read(pair: Pair) -> None:
    (path,) = pair.export().files
    transport, centre = neighbour(pair)
    channel = transport.open()
    seen: list[tuple[int, int]] = []
    try:
        done = relay(channel, centre, path, progress=lambda a, b: seen.append((a, b)))
        again = relay(channel, centre, path)  # twice is as once
    finally:
        channel.close()
    assert seen[-1][0] == seen[-1][1] == path.stat().st_size
    assert done.ops == again.ops == len(pair.waiting())
    assert done.answer.read_bytes().startswith(b"age-encryption.org/v1")
    told = import_return(pair.courier, done.answer)
    assert (told.settled >= CASES, told.ignored) == (True, 0)
    assert pair.sent()


def test_a_bundle_the_centre_cannot_use_is_told(pair: Pair) -> None:
    (path,) = pair.export().files
    path.write_bytes(path.read_bytes()[:-50])
    transport, centre = neighbour(pair)
    channel = transport.open()
    try:
        with pytest.raises(KnownError) as caught:
            relay(channel, centre, path)
    finally:
        channel.close()
    assert caught.value.code == "BUNDLE-REFUSED"
    assert pair.at_the_centre()["ops"] == []


def test_a_broken_database_still_gives_its_operations(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """L4: nobody can sign in any more; the journal was sealed to the centre."""
    waiting = sorted(row.op_id for row in pair.waiting())
    home = pair.core.paths.home
    pair.core.close()
    for path in home.glob("counter.db*"):
        path.write_bytes(b"spoilt")
    (home / "vault.json").unlink()
    out = tmp_path / "saved"
    out.mkdir()
    assert courier_main(["rescue", str(out), "--home", str(home)]) == 0
    (file,) = out.iterdir()
    for _ in range(2):
        assert hub_main(["--data", str(tmp_path / "hub"), "import-bundle", str(file)]) == 0
    with pair.hub.centre.database.read() as tx:
        ops = oplog.all_ops(tx)
    assert sorted(op.op_id for op in ops) == waiting
    assert {op.status for op in ops} == {"applied"}
    assert "already" in capsys.readouterr().out


def test_a_torn_journal_gives_the_rest(pair: Pair, tmp_path: Path) -> None:
    (segment,) = (pair.core.paths.home / "journal").glob("*.ycj")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    file = tmp_path / "torn.ycj"
    file.write_bytes(bytes(data))
    assert hub_main(["--data", str(tmp_path / "hub"), "import-bundle", str(file)]) == 0
    assert len(pair.at_the_centre()["ops"]) == len(pair.waiting()) - 1
    file.write_bytes(b"nothing of ours")
    assert hub_main(["--data", str(tmp_path / "hub"), "import-bundle", str(file)]) == 1


def test_spoilt_files_are_set_aside_and_foreign_ones_stay(pair: Pair, tmp_path: Path) -> None:
    (path,) = pair.export().files
    foreign = pair.stick / "foreign.ycb"
    foreign.write_bytes(b"age-encryption.org/v1 of somebody else")
    path.write_bytes(path.read_bytes()[:-50])
    hub = ["--data", str(tmp_path / "hub"), "import-bundle"]
    assert hub_main([*hub, str(path)]) == 1
    assert hub_main([*hub, str(foreign)]) == 1
    assert sorted(one.name for one in pair.stick.iterdir()) == ["foreign.ycb", FOLDER]
    note = (pair.stick / FOLDER / f"{path.name}.txt").read_text("utf-8")
    assert "BUNDLE-DAMAGED" in note


def test_what_is_on_a_stick_is_counted_and_never_called_sent(pair: Pair) -> None:
    def counts() -> tuple[int, int, int]:
        found = pair.core.execution.run(pair.core.sync_store.counts)
        return found.local_only, found.exported, found.at_centre

    before = counts()
    pair.export()
    assert (before[1], counts()) == (0, (before[0], before[0], 0))
    (path,) = pair.stick.glob("*.ycb")
    pair.deliver(path)
    assert counts()[:2] == (0, 0)


def test_a_cut_line_goes_on_where_it_was(pair: Pair) -> None:
    (path,) = pair.export().files
    with BadLine("127.0.0.1", pair.hub.port) as line:
        transport, centre = neighbour(pair, line.url)
        line.plan(cut_up=path.stat().st_size // 2, times=2)
        channel = transport.open()
        try:
            done = relay(channel, centre, path, disk=Disk())
        finally:
            channel.close()
    import_return(pair.courier, done.answer)
    assert pair.sent()
