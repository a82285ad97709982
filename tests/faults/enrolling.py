# SPDX-License-Identifier: MulanPSL-2.0
"""The power goes while a counter is enrolled, fetches its catalogue and takes its first case.

A cut leaves either a machine that can be enrolled with a new code, whatever remains lie there, or
an enrolled one that is whole: keys, identity, people, and a catalogue that is there or is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from counter.bootstrap.opening import Opening
from counter.domain.errors import CounterError
from counter.domain.signing import SigningKey
from counter.infra.atomic import write_atomic
from counter.infra.paths import Paths
from counter.ports.keys import EnrolmentFacts
from counter.security.device import load_identity
from counter.security.vault_file import KdfParams, VaultStore
from counter.storage import tables as t
from counter.storage.blobs import EncryptedBlobs
from counter.storage.store import Store
from sync.client.training import CLERK, PASSWORD, operators
from tests.fakes.keyring import FakeKeyring
from tests.faults.disk import Image
from tests.faults.looking import below, lay
from tests.faults.reopening import Bench, Found, Keys, NoSync
from tests.storage.kit import SetClock

HOME = "home"
_CHEAP = KdfParams(memory_kib=8 * 1024, time=1)


@dataclass(frozen=True)
class EnrolLook:
    """Keys of the enrolled home, its key file, who it is, and how large its catalogue is."""

    keys: Keys
    vault: bytes
    device_id: str
    kid: str
    seed: bytes
    told: dict[str, Any]  # the other facts of the enrolment
    catalogue: tuple[str, int]

    @property
    def facts(self) -> EnrolmentFacts:
        """What the centre said at the enrolment."""
        key = SigningKey.from_seed(self.kid, self.seed)
        return EnrolmentFacts(device_id=self.device_id, key=key, **self.told)

    def bench(self, folder: Path) -> EnrolBench:
        """Return a bench."""
        return EnrolBench(folder, self)


class EnrolBench:
    """Opens what is enrolled, enrols what is not."""

    def __init__(self, folder: Path, look: EnrolLook) -> None:
        """Use two folders in ``folder``: the quick bench lays out differences only."""
        self._bare = folder / "bare"
        self._look = look
        enrolled = folder / "enrolled"
        enrolled.mkdir()
        self._enrolled = _Whole(enrolled, look)

    def look(self, image: Image) -> Found:
        """Look at one disk."""
        files = below(HOME, image)
        if files is None:
            return Found(opens="the home folder is gone")
        vault = files.get("vault.json")
        if vault is None:
            return self._again(files)
        if vault != self._look.vault:
            return Found(half=["vault.json is half"])
        found = self._enrolled.look(Image(files, image.digest))
        if not found.opens and "blobs/ff" in files and "blobs/00" not in files:
            self._store_pages(files, found)
        return found

    def _store_pages(self, files: dict[str, bytes | None], found: Found) -> None:
        """Only some of the 256 folders arrived: pages must find theirs all the same."""
        lay(self._bare, files)
        pages = EncryptedBlobs(self._bare / "blobs", self._look.keys.database, NoSync())
        try:
            pages.put_many([(bytes([number]), "image/jpeg") for number in range(64)])
        except CounterError as error:
            found.half.append(f"no page can be stored: {error.code}")

    def _again(self, files: dict[str, bytes | None]) -> Found:
        """A new code must enrol this machine, and somebody must be able to sign in."""
        lay(self._bare, files)
        paths, clock = Paths(self._bare), SetClock()
        clock.time = self._look.keys.now
        vault = VaultStore(paths.vault, write_atomic)
        opening = Opening(paths, FakeKeyring(), clock, vault, NoSync(), _CHEAP)
        facts = self._look.facts
        people = operators(facts.hall.hall_code)
        clerk = next(one for one in people if one.job_no == CLERK)
        found = Found(opens="not enrolled yet")
        try:
            opening.enrol(facts, (clerk,), "passphrase-only")
            opening.sign_in(clerk.operator_id, PASSWORD, None).close()
        except (CounterError, OSError) as error:
            found.half.append(f"cannot be enrolled again: {error}")
        return found


class _Whole(Bench):
    """An enrolled home: the usual look, and who it is."""

    def __init__(self, folder: Path, look: EnrolLook) -> None:
        super().__init__(folder, look.keys)
        self._facts = look

    def _read(self, store: Store, found: Found) -> None:
        super()._read(store, found)
        with store.unit_of_work() as uow:
            try:
                identity = load_identity(uow.reference)
            except CounterError as error:
                found.half.append(f"enrolled without identity: {error.code}")
                return
            if identity.device_id != self._facts.device_id:
                found.half.append("another identity")
            if len(uow.reference.operators()) != len(operators(identity.hall.hall_code)):
                found.half.append("people are missing")
        if (seen := catalogue_of(store)) not in {("0", 0), self._facts.catalogue}:
            found.half.append(f"a catalogue of {seen[1]} items is in use")


def catalogue_of(store: Store) -> tuple[str, int]:
    """Return the version of the catalogue in use and how many items it has."""
    with store.unit_of_work() as uow:
        version = uow.reference.version()
    r = t.reference.c
    query = select(func.count()).where(r.kind == "item", r.is_current == 1)
    with store._database.reading() as connection:
        return version, int(connection.scalar(query) or 0)
