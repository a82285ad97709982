# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of the administration: what was done with the hub, and by whom."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from sync.hub.storage.columns import Words
from sync.hub.storage.tables import metadata

# Append-only and numbered without a gap: a row taken out of the middle shows.
deeds = Table(
    "deeds",
    metadata,
    Column("deed_no", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Words(), nullable=False),
    Column("kid", Words(64), nullable=False),  # key of the person, "local": on the machine itself
    Column("name", Words(40), nullable=False),  # of the person, as registered with the key
    Column("deed", Words(40), nullable=False),
    Column("about", Words(), nullable=False),  # ids, separated by spaces
    Column("outcome", Words(40), nullable=False),
)
