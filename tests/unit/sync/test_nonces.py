# SPDX-License-Identifier: MulanPSL-2.0
"""Nonces are remembered by all workers of a hub, for as long as a request is good."""

from pathlib import Path

from sync.hub.storage.nonces import WINDOW_S, NonceStore


def test_two_workers_share_what_they_saw_and_forget_what_is_too_old(tmp_path: Path) -> None:
    now = [1_000_000.0]
    one = NonceStore(tmp_path / "nonces.cache", clock=lambda: now[0])
    two = NonceStore(tmp_path / "nonces.cache", clock=lambda: now[0])
    assert one.fresh("k", "n")
    assert not two.fresh("k", "n")
    assert two.fresh("other", "n")
    assert one.timely(int(now[0]) + WINDOW_S)
    assert not one.timely(int(now[0]) + WINDOW_S + 2)
    now[0] += 4 * WINDOW_S
    three = NonceStore(tmp_path / "nonces.cache", clock=lambda: now[0])
    assert three.fresh("k", "m")
    assert three.fresh("k", "n"), "too old to be taken anyway"
    for store in (one, two, three):
        store.close()


def test_a_memory_that_shows_its_damage_late_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "nonces.cache"
    store = NonceStore(path)
    assert all(store.fresh("k", f"n{number}" * 20) for number in range(400))
    store.close()
    with path.open("r+b") as file:  # the first page is whole, the others are not
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    store = NonceStore(path)
    assert store.fresh("k", "n")
    assert not store.fresh("k", "n")
    store.close()


def test_a_damaged_memory_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "nonces.cache"
    path.write_bytes(b"not a database" * 1000)
    store = NonceStore(path)
    assert store.fresh("k", "n")
    store.close()
