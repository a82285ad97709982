# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of the administration: what was done with the hub and by whom, rules of halls and regions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table

from sync.hub.storage.columns import Body, Words
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

# The newest rule of each name and area (a hall's code, or the beginning of a region code), for the
# halls that come later; what the counters go by is in the feed.
area_rules = Table(
    "area_rules",
    metadata,
    Column("name", Words(20), nullable=False),
    Column("area", Words(12), nullable=False),
    Column(
        "set_no", BigInteger, nullable=False
    ),  # rises: of two that reach a hall the later counts
    Column("body", Body(), nullable=False),
    PrimaryKeyConstraint("name", "area"),
)
