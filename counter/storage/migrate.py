# SPDX-License-Identifier: MulanPSL-2.0
"""Bring a database file to the schema of this release; an up-to-date one costs one number."""

from __future__ import annotations

from pathlib import Path

from counter.storage.engine import Database
from counter.storage.failures import newer
from counter.storage.files import FileLayer
from counter.storage.schema import HEAD, create_schema

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_to_head(database: Database, key: bytes, files: FileLayer) -> bool:
    """Create or upgrade the schema; copy the file before any upgrade.

    Returns:
        Whether an existing database was upgraded.

    Raises:
        KnownError: DB-NEWER, DISK-FULL, DISK-WRITE; the old file is then as it was.
    """
    found = database.user_version()
    if found == HEAD:
        return False
    if found > HEAD:
        raise newer()
    if found == 0:
        with database.transaction() as connection:
            create_schema(connection)
        return False
    path = database.path
    database.copy_to(path.with_name(f"{path.stem}.before-{HEAD:04d}.db"), key, files)
    migrate(database, "head")
    return True


def migrate(database: Database, target: str) -> None:
    """Run alembic up or down to ``head`` or ``base`` in one transaction on the open connection.

    Raises:
        KnownError: DISK-FULL, DISK-WRITE; everything is rolled back.
    """
    # Deferred on purpose: off the start path (design §2).
    from alembic import command  # noqa: PLC0415 - off the start path
    from alembic.config import Config  # noqa: PLC0415 - off the start path

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        if target == "base":
            command.downgrade(config, target)
        else:
            command.upgrade(config, target)
        number = 0 if target == "base" else HEAD
        connection.exec_driver_sql(f"PRAGMA user_version = {number}")
