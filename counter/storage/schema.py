# SPDX-License-Identifier: MulanPSL-2.0
"""Which schema a database file has, without loading the migration machinery."""

from __future__ import annotations

from sqlalchemy import Connection

from counter.storage.tables import metadata

# ``PRAGMA user_version`` mirrors the alembic head; a new migration raises both.
HEAD = 8
REVISIONS = {1: "0001", 2: "0002", 3: "0003", 4: "0004", 5: "0005", 6: "0006", 7: "0007", 8: "0008"}


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
