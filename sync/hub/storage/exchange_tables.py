# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of the national exchange (docs/exchange.md): what went to which front database."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from sync.hub.storage.columns import Words
from sync.hub.storage.tables import SPREAD, metadata

# What a front database has taken of the national exchange rows (docs/exchange.md).
exchange_rows = Table(
    "exchange_rows",
    metadata,
    Column("target", Words(16), nullable=False),
    Column("row_guid", Words(36), nullable=False),
    Column("table_name", Words(63), nullable=False),
    Column("case_id", Words(64), nullable=False),
    Column("digest", Words(64), nullable=False),
    Column("batch", Words(32), nullable=False),
    Column("at", Words(), nullable=False),
    PrimaryKeyConstraint("target", "row_guid"),
    info={SPREAD: "row_guid"},
)

# Values that could not go, until they can; never the value itself.
exchange_problems = Table(
    "exchange_problems",
    metadata,
    Column("target", Words(16), nullable=False),
    Column("row_guid", Words(36), nullable=False),
    Column("column_name", Words(63), nullable=False),
    Column("table_name", Words(63), nullable=False),
    Column("case_id", Words(64), nullable=False),
    Column("project_no", Words(50), nullable=False),
    Column("code", Words(20), nullable=False),
    Column("detail", Words(), nullable=False),
    Column("at", Words(), nullable=False),
    PrimaryKeyConstraint("target", "row_guid", "column_name"),
    Index("exchange_problems_by_case", "target", "case_id"),
)
