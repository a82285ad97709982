# SPDX-License-Identifier: MulanPSL-2.0
"""Which schema a database file has, without loading the migration machinery."""

from __future__ import annotations

from sqlalchemy import Connection

from counter.storage.tables import metadata

# ``PRAGMA user_version`` mirrors the alembic head; a new migration raises both.
HEAD = 9
REVISIONS = {number: f"{number:04}" for number in range(1, HEAD + 1)}


def create_schema(connection: Connection) -> None:
    """Make all tables in an empty database and mark it as being at the head."""
    metadata.create_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(
        "INSERT INTO alembic_version (version_num) VALUES (?)", (REVISIONS[HEAD],)
    )
    connection.exec_driver_sql(f"PRAGMA user_version = {HEAD}")
