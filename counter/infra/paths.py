# SPDX-License-Identifier: MulanPSL-2.0
"""Where the counter keeps its files: one home folder, laid out in docs/contracts.md."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from counter.infra.atomic import fsync_dir, make_folder

APP_FOLDER = "yichuang-counter"
HOME_VARIABLE = "COUNTER_HOME"


@dataclass(frozen=True)
class Paths:
    """The home folder and what lies in it; nothing here is opened."""

    home: Path

    @classmethod
    def default(cls) -> Paths:
        """Return ``COUNTER_HOME``, else the platform's folder for local application data."""
        given = os.environ.get(HOME_VARIABLE, "")
        if given:
            return cls(Path(given).expanduser().absolute())
        import platformdirs  # noqa: PLC0415 - off the start path when COUNTER_HOME is set

        return cls(Path(platformdirs.user_data_dir(APP_FOLDER, appauthor=False, roaming=False)))

    @property
    def vault(self) -> Path:
        """Key slots; no secret in clear."""
        return self.home / "vault.json"

    @property
    def attempts(self) -> Path:
        """Failed sign-ins; no names."""
        return self.home / "attempts.json"

    @property
    def trust(self) -> Path:
        """Public keys of the centre and the revocation list, for checking receipts offline."""
        return self.home / "trust.json"

    @property
    def centre_ca(self) -> Path:
        """The authority of the centre's certificate, where this machine itself does not trust it."""
        return self.home / "centre-ca.pem"

    @property
    def settings(self) -> Path:
        """Settings of this machine; no personal data."""
        return self.home / "settings.json"

    @property
    def traffic(self) -> Path:
        """Bytes of this month, for lines paid by the byte."""
        return self.home / "traffic.json"

    @property
    def database(self) -> Path:
        """SQLCipher database."""
        return self.home / "counter.db"

    @property
    def blobs(self) -> Path:
        """Encrypted files."""
        return self.home / "blobs"

    @property
    def journal(self) -> Path:
        """Operations sealed to the centre."""
        return self.home / "journal"

    @property
    def logs(self) -> Path:
        """Logs without personal data."""
        return self.home / "logs"

    @property
    def crash(self) -> Path:
        """Redacted crash reports."""
        return self.home / "crash"

    @property
    def lock(self) -> Path:
        """Held by the running program."""
        return self.home / "lock"

    def make(self) -> None:
        """Create the folders durably, for the owner's eyes only."""
        make_folder(self.home)
        for folder in (self.blobs, self.journal, self.logs, self.crash):
            folder.mkdir(mode=0o700, exist_ok=True)
        fsync_dir(self.home)
