# SPDX-License-Identifier: MulanPSL-2.0
"""How the tables lie: whole, or the big ones hash-partitioned by the column they are spread by.

A distributed database that speaks PostgreSQL spreads the same tables by the same columns (Citus:
``create_distributed_table(table, column)``), for no unique key goes across them. Docs: adr/0011.
"""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, Table, text

from counter.domain.errors import KnownError
from sync.hub.storage import admin_tables, exchange_tables
from sync.hub.storage import tables as t

MOST = 1024
_MORE = (exchange_tables.exchange_rows, admin_tables.deeds)  # with the tables beside them
_ALL = t.metadata


def spread() -> dict[str, str]:
    """Return the big tables with the column each is spread by."""
    return {
        table.name: str(table.info[t.SPREAD])
        for table in _ALL.sorted_tables
        if t.SPREAD in table.info
    }


def create(connection: Connection, partitions: int) -> None:
    """Make the tables that are missing, the big ones in ``partitions`` parts (0 = whole).

    Raises:
        KnownError: ``HUB-PARTITIONS``: the store cannot, or the tables were made otherwise.
    """
    if not partitions:
        _ALL.create_all(connection)
        return
    if not 1 < partitions <= MOST or connection.dialect.name != "postgresql":
        raise _refuse(f"只有 PostgreSQL 能分表，份数在 2 到 {MOST} 之间。")
    metadata, columns = _partitioned(), spread()
    before = found(connection)
    if before and set(before.values()) != {partitions}:
        raise _refuse("这个数据库的表已经建好，份数不能再改。")
    metadata.create_all(connection)
    for name in columns.keys() - before.keys():
        for part in range(partitions):
            # Names of our own tables and numbers: nothing here comes from outside.
            connection.execute(
                text(
                    f"CREATE TABLE {name}_p{part} PARTITION OF {name}"
                    f" FOR VALUES WITH (MODULUS {partitions}, REMAINDER {part})"
                )
            )


def _partitioned() -> MetaData:
    """Return the same tables, the big ones to be made as partitioned."""
    metadata = MetaData()
    for table in _ALL.sorted_tables:
        copy: Table = table.to_metadata(metadata)
        if column := table.info.get(t.SPREAD):
            copy.dialect_options["postgresql"]["partition_by"] = f"HASH ({column})"
    return metadata


def found(connection: Connection) -> dict[str, int]:
    """Return the big tables that exist with the number of their partitions; 0 = whole."""
    if connection.dialect.name != "postgresql":
        return dict.fromkeys(spread(), 0)
    rows = connection.execute(
        text(
            "SELECT c.relname, (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = c.oid)"
            " FROM pg_class c WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
        )
    )
    known = {str(row[0]): int(row[1]) for row in rows}
    return {name: known[name] for name in spread() if name in known}


def _refuse(words: str) -> KnownError:
    return KnownError(code="HUB-PARTITIONS", what=words, safe="没有改动。")
