# SPDX-License-Identifier: MulanPSL-2.0
"""Tables of the hub, in portable SQL; texts are ISO 8601 or JSON where their name says so."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text))

halls = Table(
    "halls",
    metadata,
    Column("hall_code", String(5), primary_key=True),
    Column("name", Text, nullable=False),
    Column("region", String(12), nullable=False),
    Column("phone", Text, nullable=False),
    Column("supervise_phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("training", Boolean, nullable=False),
)

enrol_codes = Table(
    "enrol_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("hall_code", String(5), nullable=False),
    Column("counter_no", Integer, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text, nullable=False),
    Column("used_by", Text, nullable=False),  # public key that used it
    Column("reply", Text, nullable=False),  # the answer, so that a lost one can be given again
)

devices = Table(
    "devices",
    metadata,
    Column("device_id", String(64), primary_key=True),
    Column("hall_code", String(5), nullable=False),
    Column("counter_no", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("revoked_at", Text, nullable=False),
    Column("enrolled_at", Text, nullable=False),
)

device_keys = Table(
    "device_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("device_id", String(64), nullable=False, index=True),
    Column("public_key", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
)

device_acks = Table(
    "device_acks",
    metadata,
    Column("device_id", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("through_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("device_id", "epoch"),
)

# Every state an operator ever had: rights are checked as of the act and as of now (§4).
operator_states = Table(
    "operator_states",
    metadata,
    Column("operator_id", String(64), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("since", Text, nullable=False),
    Column("hall_code", String(5), nullable=False),
    Column("name", Text, nullable=False),
    Column("job_no", String(20), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("operator_id", "rev"),
)

# Immutable versions of reference documents: item, dicts, calendar.
documents = Table(
    "documents",
    metadata,
    Column("kind", String(20), nullable=False),
    Column("name", String(80), nullable=False),
    Column("version", String(40), nullable=False),
    Column("body", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("published_at", Text, nullable=False),
    Column("rev", Integer, nullable=False),
    PrimaryKeyConstraint("kind", "name", "version"),
)

ops = Table(
    "ops",
    metadata,
    Column("op_id", String(64), primary_key=True),
    Column("op_hash", String(64), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("entity_id", String(64), nullable=False, index=True),
    Column("operator_id", String(64), nullable=False),
    Column("token", Text, nullable=False),
    Column("status", String(10), nullable=False, index=True),
    Column("code", String(40), nullable=False),
    Column("result", Text, nullable=False),
    Column("result_rev", Integer, nullable=False),  # how often the result was decided anew
    Column("entity_rev", Integer, nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("clock", String(10), nullable=False),
    Column("received_at", Text, nullable=False),
    Index("ops_by_seq", "device_id", "epoch", "seq"),
)

op_waits = Table(
    "op_waits",
    metadata,
    Column("op_id", String(64), nullable=False),
    Column("waits_for", String(64), nullable=False, index=True),
    PrimaryKeyConstraint("op_id", "waits_for"),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("receipt_no", String(40), nullable=False, index=True),
    Column("project_no", String(50), nullable=False, unique=True),
    Column("hall_code", String(5), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("operator_id", String(64), nullable=False),
    Column("item_code", String(40), nullable=False),
    Column("item_version", String(40), nullable=False),
    Column("person_key", String(64), nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("rev", Integer, nullable=False),
    Column("state_rev", Integer, nullable=False),  # revision of the last change of state
    Column("body", JSON, nullable=False),  # CaseReceived, materials merged
    Column("view", JSON, nullable=False),  # CaseView
    Column("facts", JSON, nullable=False),  # facts an automatic decision was made with
    Index("cases_by_person", "person_key", "item_code"),
)

case_blobs = Table(
    "case_blobs",
    metadata,
    Column("case_id", String(64), nullable=False),
    Column("blob_id", String(64), nullable=False, index=True),
    Column("op_id", String(64), nullable=False),
    Column("role", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    PrimaryKeyConstraint("case_id", "blob_id", "op_id"),
)

# Facts without a state machine of their own: notes, ratings, audit rows, visits, appeals.
facts = Table(
    "facts",
    metadata,
    Column("op_id", String(64), primary_key=True),
    Column("kind", String(40), nullable=False, index=True),
    Column("entity_id", String(64), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("operator_id", String(64), nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("body", JSON, nullable=False),
)

platform_facts = Table(
    "platform_facts",
    metadata,
    Column("person_key", String(64), nullable=False),
    Column("key", String(60), nullable=False),
    Column("value", JSON, nullable=False),
    Column("as_of", Text, nullable=False),
    PrimaryKeyConstraint("person_key", "key"),
)

serials = Table(
    "serials",
    metadata,
    Column("series", String(60), primary_key=True),
    Column("last", Integer, nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column("blob_id", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("stored_at", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", String(64), primary_key=True),
    Column("blob_id", String(64), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("done", Boolean, nullable=False),
)

# The change feed holds the newest record of every entity and scope: a put is complete, so older
# ones are of no use to anybody; change_no is unique and rises in commit order.
feed = Table(
    "feed",
    metadata,
    Column("scope", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("entity_id", String(140), nullable=False),
    Column("change_no", BigInteger, nullable=False, unique=True),
    Column("action", String(10), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("scope", "kind", "entity_id"),
    Index("feed_by_scope", "scope", "change_no"),
)

scope_sums = Table(
    "scope_sums",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("checksum", String(64), nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("alarm_id", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("op_id", String(64), nullable=False),
    Column("detail", Text, nullable=False),
)

# What a front database has taken of the national exchange rows (docs/exchange.md).
exchange_rows = Table(
    "exchange_rows",
    metadata,
    Column("target", String(16), nullable=False),
    Column("row_guid", String(36), nullable=False),
    Column("table_name", String(63), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("batch", String(32), nullable=False),
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("target", "row_guid"),
)

# Values that could not go, until they can; never the value itself.
exchange_problems = Table(
    "exchange_problems",
    metadata,
    Column("target", String(16), nullable=False),
    Column("row_guid", String(36), nullable=False),
    Column("column_name", String(63), nullable=False),
    Column("table_name", String(63), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("project_no", String(50), nullable=False),
    Column("code", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("target", "row_guid", "column_name"),
    Index("exchange_problems_by_case", "target", "case_id"),
)
