# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of the hub, in portable SQL; texts are ISO 8601 or JSON where their name says so.

A table that grows with the work names in ``info`` the column its rows may be spread by over
partitions or servers. Every unique key of it carries that column (adr/0011; a test checks it).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from sync.hub.storage.columns import Body, Words

metadata = MetaData()
SPREAD = "spread"

meta = Table("meta", metadata, Column("key", Words(40), primary_key=True), Column("value", Words()))

# One row; every write transaction locks it first, see storage.engine.
sequencer = Table(
    "sequencer",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("change_no", BigInteger, nullable=False),  # the newest of the feed
    Column("known_no", BigInteger, nullable=False),  # rises when what is remembered changed
)

halls = Table(
    "halls",
    metadata,
    Column("hall_code", Words(5), primary_key=True),
    Column("name", Words(), nullable=False),
    Column("region", Words(12), nullable=False),
    Column("phone", Words(), nullable=False),
    Column("supervise_phone", Words(), nullable=False),
    Column("address", Words(), nullable=False),
    Column("training", Boolean, nullable=False),
)

enrol_codes = Table(
    "enrol_codes",
    metadata,
    Column("code_hash", Words(64), primary_key=True),
    Column("hall_code", Words(5), nullable=False),
    Column("counter_no", Integer, nullable=False),
    Column("expires_at", Words(), nullable=False),
    Column("used_at", Words(), nullable=False),
    Column("used_by", Words(), nullable=False),  # public key that used it
    Column("reply", Words(), nullable=False),  # the answer, so that a lost one can be given again
)

devices = Table(
    "devices",
    metadata,
    Column("device_id", Words(64), primary_key=True),
    Column("hall_code", Words(5), nullable=False),
    Column("counter_no", Integer, nullable=False),
    Column("name", Words(), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("home", Words(5), nullable=False),  # hall it was first enrolled for; never changes
    Column("revoked_at", Words(), nullable=False),
    Column("enrolled_at", Words(), nullable=False),
)

# Who may use the administrative routes; public keys only.
admin_keys = Table(
    "admin_keys",
    metadata,
    Column("kid", Words(64), primary_key=True),
    Column("name", Words(40), nullable=False),
    Column("public_key", Words(64), nullable=False),
    Column("roles", Body(), nullable=False),
    Column("added_at", Words(), nullable=False),
    Column("revoked_at", Words(), nullable=False),
)

device_keys = Table(
    "device_keys",
    metadata,
    Column("kid", Words(64), primary_key=True),
    Column("device_id", Words(64), nullable=False, index=True),
    Column("public_key", Words(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
)

# Each numbering of a device: see storage.epochs.
device_epochs = Table(
    "device_epochs",
    metadata,
    Column("device_id", Words(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("opened_at", Words(), nullable=False),
    Column("reason", Words(20), nullable=False),
    Column("from_epoch", BigInteger, nullable=False),
    Column("from_seq", BigInteger, nullable=False),
    Column("from_hash", Words(64), nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("through_seq", BigInteger, nullable=False),
    Column("told_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("device_id", "epoch"),
)

# Every state an operator ever had: rights are checked as of the act and as of now (§4).
operator_states = Table(
    "operator_states",
    metadata,
    Column("operator_id", Words(64), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("since", Words(), nullable=False),
    Column("hall_code", Words(5), nullable=False),
    Column("name", Words(), nullable=False),
    Column("job_no", Words(20), nullable=False),
    Column("roles", Body(), nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("operator_id", "rev"),
)

# Immutable versions of reference documents: item, dicts, calendar.
documents = Table(
    "documents",
    metadata,
    Column("kind", Words(20), nullable=False),
    Column("name", Words(80), nullable=False),
    Column("version", Words(40), nullable=False),
    Column("body", Body(), nullable=False),
    Column("sha256", Words(64), nullable=False),
    Column("published_at", Words(), nullable=False),
    Column("rev", Integer, nullable=False),
    PrimaryKeyConstraint("kind", "name", "version"),
)

ops = Table(
    "ops",
    metadata,
    Column("op_id", Words(64), nullable=False),
    Column("hall_code", Words(5), nullable=False),  # home of the device
    Column("op_hash", Words(64), nullable=False),
    Column("device_id", Words(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("prev_hash", Words(64), nullable=False),
    Column("forked", Boolean, nullable=False),  # off the line of its epoch that came first
    Column("kind", Words(40), nullable=False),
    Column("entity_id", Words(64), nullable=False, index=True),
    Column("operator_id", Words(64), nullable=False),
    Column("token", Words(), nullable=False),
    Column("status", Words(10), nullable=False, index=True),
    Column("code", Words(40), nullable=False),
    Column("result", Words(), nullable=False),
    Column("result_rev", Integer, nullable=False),  # how often the result was decided anew
    Column("entity_rev", Integer, nullable=False),
    Column("claimed_at", Words(), nullable=False),
    Column("claimed_from", Words(), nullable=False),  # the error interval of claimed_at (§8)
    Column("claimed_to", Words(), nullable=False),
    Column("clock", Words(10), nullable=False),
    Column("received_at", Words(), nullable=False),
    # Ids come first in the keys: a look for an id alone has an index to go by.
    PrimaryKeyConstraint("op_id", "hall_code"),
    Index("ops_by_seq", "device_id", "epoch", "seq"),
    info={SPREAD: "hall_code"},
)

# An operation that was put right before it took effect, and the one that did it.
op_supersessions = Table(
    "op_supersessions",
    metadata,
    Column("op_id", Words(64), primary_key=True),
    Column("by_op_id", Words(64), nullable=False, index=True),
    info={SPREAD: "op_id"},
)

op_waits = Table(
    "op_waits",
    metadata,
    Column("op_id", Words(64), nullable=False),
    Column("waits_for", Words(64), nullable=False, index=True),
    Column("hall_code", Words(5), nullable=False),  # home of the device
    PrimaryKeyConstraint("op_id", "waits_for", "hall_code"),
    info={SPREAD: "hall_code"},
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", Words(64), nullable=False),
    Column("receipt_no", Words(40), nullable=False, index=True),
    Column("project_no", Words(50), nullable=False),
    Column("hall_code", Words(5), nullable=False),
    Column("device_id", Words(64), nullable=False),
    Column("operator_id", Words(64), nullable=False),
    Column("item_code", Words(40), nullable=False),
    Column("item_version", Words(40), nullable=False),
    Column("person_key", Words(64), nullable=False),
    Column("claimed_at", Words(), nullable=False),
    Column("received_at", Words(), nullable=False),
    Column("state", Words(20), nullable=False, index=True),
    Column("rev", Integer, nullable=False),
    Column("state_rev", Integer, nullable=False),  # revision of the last change of state
    Column("body", Body(), nullable=False),  # CaseReceived, materials merged
    Column("view", Body(), nullable=False),  # CaseView
    Column("facts", Body(), nullable=False),  # facts an automatic decision was made with
    Column("theme_no", Words(40), nullable=False, index=True),  # 一件事, "" outside of any
    PrimaryKeyConstraint("case_id", "hall_code"),
    UniqueConstraint("project_no", "hall_code"),
    Index("cases_by_person", "person_key", "item_code", "received_at"),
    info={SPREAD: "hall_code"},
)

case_blobs = Table(
    "case_blobs",
    metadata,
    Column("case_id", Words(64), nullable=False),
    Column("blob_id", Words(64), nullable=False),
    Column("op_id", Words(64), nullable=False),
    Column("role", Words(), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Words(), nullable=False),
    Column("required", Boolean, nullable=False),
    Column("hall_code", Words(5), nullable=False),  # home of the device
    PrimaryKeyConstraint("case_id", "blob_id", "op_id", "hall_code"),
    info={SPREAD: "hall_code"},
)

# Facts without a state machine of their own: notes, ratings, audit rows, visits, appeals.
facts = Table(
    "facts",
    metadata,
    Column("op_id", Words(64), nullable=False),
    Column("hall_code", Words(5), nullable=False),  # home of the device
    Column("kind", Words(40), nullable=False, index=True),
    Column("entity_id", Words(64), nullable=False),
    Column("device_id", Words(64), nullable=False),
    Column("operator_id", Words(64), nullable=False),
    Column("claimed_at", Words(), nullable=False),
    Column("body", Body(), nullable=False),
    PrimaryKeyConstraint("op_id", "hall_code"),
    info={SPREAD: "hall_code"},
)

# What a hall keeps about people besides cases, by ``kind``: checked papers, authorisations.
person_records = Table(
    "person_records",
    metadata,
    Column("hall_code", Words(5), nullable=False),
    Column("kind", Words(20), nullable=False),
    Column("entity_id", Words(140), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("body", Body(), nullable=False),
    PrimaryKeyConstraint("hall_code", "kind", "entity_id"),
    info={SPREAD: "hall_code"},
)

# What citizens said; ``level`` 0: a paper slip nobody has read yet.
ratings = Table(
    "ratings",
    metadata,
    Column("op_id", Words(64), primary_key=True),
    Column("case_id", Words(64), nullable=False, index=True),
    Column("handling", Words(64), nullable=False),
    Column("hall_code", Words(5), nullable=False),
    Column("device_id", Words(64), nullable=False, index=True),
    Column("level", Integer, nullable=False),
    Column("given_at", Words(), nullable=False),
    Column("received_at", Words(), nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("batch", Boolean, nullable=False),
    Column("body", Body(), nullable=False),
)

platform_facts = Table(
    "platform_facts",
    metadata,
    Column("person_key", Words(64), nullable=False),
    Column("key", Words(60), nullable=False),
    Column("value", Body(), nullable=False),
    Column("as_of", Words(), nullable=False),
    PrimaryKeyConstraint("person_key", "key"),
)

serials = Table(
    "serials",
    metadata,
    Column("series", Words(60), primary_key=True),
    Column("last", Integer, nullable=False),
)

# Every official number a case was printed with; one that could not be bound still finds it.
case_numbers = Table(
    "case_numbers",
    metadata,
    Column("number", Words(50), nullable=False),
    Column("case_id", Words(64), nullable=False),
    PrimaryKeyConstraint("number", "case_id"),
    info={SPREAD: "number"},
)

# Leased ranges of official serials.
number_blocks = Table(
    "number_blocks",
    metadata,
    Column("block_id", Words(64), primary_key=True),
    Column("series", Words(20), nullable=False),
    Column("device_id", Words(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("expires_at", Words(), nullable=False),
    Column("used", Integer, nullable=False),
    Column("leased_at", Words(), nullable=False),
    Index("number_blocks_of_device", "device_id", "epoch"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("blob_id", Words(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Words(), nullable=False),
    Column("stored_at", Words(), nullable=False),
    info={SPREAD: "blob_id"},
)

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", Words(64), primary_key=True),
    Column("blob_id", Words(64), nullable=False),
    Column("device_id", Words(64), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("media_type", Words(), nullable=False),
    Column("expires_at", Words(), nullable=False),
    Column("done", Boolean, nullable=False),
    info={SPREAD: "upload_id"},
)

# The change feed holds the newest record of every entity and scope: a put is complete, so older
# ones are of no use to anybody; change_no is unique and rises in commit order. Spread by its
# scope, which is a hall, a device or what all share: a page is of few scopes.
feed = Table(
    "feed",
    metadata,
    Column("scope", Words(80), nullable=False),
    Column("kind", Words(20), nullable=False),
    Column("entity_id", Words(140), nullable=False),
    Column("change_no", BigInteger, nullable=False),
    Column("action", Words(10), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("body", Body(), nullable=False),
    Column("at", Words(), nullable=False),
    PrimaryKeyConstraint("scope", "kind", "entity_id"),
    UniqueConstraint("scope", "change_no"),
    info={SPREAD: "scope"},
)

scope_sums = Table(
    "scope_sums",
    metadata,
    Column("scope", Words(80), primary_key=True),
    Column("checksum", Words(64), nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("alarm_id", Integer, primary_key=True, autoincrement=True),
    Column("at", Words(), nullable=False),
    Column("kind", Words(40), nullable=False),
    Column("device_id", Words(64), nullable=False),
    Column("op_id", Words(64), nullable=False),
    Column("detail", Words(), nullable=False),
)
