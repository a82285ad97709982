# SPDX-License-Identifier: MulanPSL-2.0
"""All tables of the counter's database; the first migration says the same in plain SQL."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()


def _text(name: str, default: str | None = "") -> Column[str]:
    if default is None:
        return Column(name, Text, nullable=False)
    return Column(name, Text, nullable=False, server_default=default)


def _int(name: str, default: str = "0") -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=default)


def _table(name: str, *parts: Column[str] | Column[int] | Column[bytes] | Index) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


# Small facts about this database: device, epoch, cursor, centre time, journal mark.
meta = _table("meta", Column("name", Text, primary_key=True), _text("value", None))
# Secrets that the database keeps for the vault (device identity and the like).
secrets = _table(
    "secrets",
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

drafts = _table(
    "drafts",
    Column("draft_id", Text, primary_key=True),
    _text("operator_id", None),
    _text("updated_at"),
    _text("body", None),
    Index("drafts_of_operator", "operator_id", "updated_at"),
)

cases = _table(
    "cases",
    Column("case_id", Text, primary_key=True),
    _text("receipt_no"),
    _text("project_no"),
    _text("item_code"),
    _text("item_version"),
    _text("item_name"),
    _text("applicant_name"),
    _text("applicant_id_no"),
    _text("operator_id"),
    _text("local_state", None),  # as the counter's own acts made it
    _text("state", None),  # as shown: centre's row plus overlay (sync-protocol §3)
    _int("rev"),
    _text("received_at"),
    _text("answer_due"),
    _int("answer_provisional"),
    _text("promise_due"),
    _text("due"),
    _text("due_kind"),
    _text("delivery", "local"),
    _text("delivery_word"),
    _text("centre_changed_at"),
    _text("body", "{}"),
    _text("centre", "{}"),
    _text("local_life", "{}"),  # the law's memory as the counter's own acts made it (CaseLife)
    _int("overlaid"),  # 1: own acts lie over the centre's row, state and memory are the local ones
    # Everything a line of the list shows lies in the index, so that a page reads no case body.
    Index("cases_by_time", "received_at", "case_id"),
    Index("cases_by_delivery", "delivery", "state"),
    Index("cases_by_due", "due", "case_id"),
    Index("cases_by_receipt", "receipt_no"),
    Index("cases_by_project", "project_no"),
    Index("cases_of_person", "applicant_id_no", "item_code", "received_at"),
    Index("cases_by_answer", "centre_changed_at", "state"),
)

# Search terms: name and its endings, pinyin, initials, last four of the id number.
case_terms = Table(
    "case_terms",
    metadata,
    Column("term", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

case_events = _table(
    "case_events",
    Column("event_no", Integer, primary_key=True),
    _text("case_id", None),
    _text("at", None),
    _text("what", None),
    _text("who"),
    _text("place"),
    _text("why"),
    _text("origin", None),
    Index("case_events_of_case", "case_id", "at"),
)

# Head of the gapless chain per device and epoch.
heads = _table(
    "heads",
    Column("device_id", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    _int("seq"),
    _text("op_hash", None),
)

outbox = _table(
    "outbox",
    Column("op_id", Text, primary_key=True),
    _text("device_id", None),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    _text("op_hash", None),
    _text("kind", None),
    _text("entity_id", None),
    _text("jws", None),
    _int("size"),
    _text("made_at"),
    _text("deadline"),
    _text("not_before"),
    _text("state", "QUEUED"),
    _int("attempts"),
    _text("next_try_at"),
    _text("last_code"),
    _text("last_message"),
    _text("last_field"),
    _int("result_rev"),
    _text("settled_at"),
    _text("result_token"),
    _text("exported_in", "[]"),
    _text("closed_at"),
    _text("closed_by"),
    _text("closed_why"),
    _text("supersedes"),  # the first operation a correction stands for
    Index("outbox_position", "device_id", "epoch", "seq", unique=True),
    Index("outbox_by_state", "state", "deadline", "epoch", "seq"),
    Index("outbox_of_entity", "entity_id", "epoch", "seq"),
)

op_needs = Table(
    "op_needs",
    metadata,
    Column("op_id", Text, ForeignKey("outbox.op_id"), primary_key=True),
    Column("needs", Text, primary_key=True),
    Index("op_needs_of", "needs"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

op_blobs = Table(
    "op_blobs",
    metadata,
    Column("op_id", Text, ForeignKey("outbox.op_id"), primary_key=True),
    Column("blob_id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("required", Integer, nullable=False),
    Index("op_blobs_of", "blob_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

blobs = _table(
    "blobs",
    Column("blob_id", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    _int("size"),
    _text("media_type", None),
    _text("added_at"),
    _text("upload_url"),
    _int("sent_bytes"),
    _int("attempts"),
    _text("last_code"),
    _int("done"),  # 1: the centre holds it, verified
    Index("blobs_to_send", "done"),
)

blob_refs = Table(
    "blob_refs",
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("blob_id", Text, ForeignKey("blobs.blob_id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("required", Integer, nullable=False),
    Index("blob_refs_of", "blob_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

audit = _table(
    "audit",
    Column("row_no", Integer, primary_key=True),
    _text("at", None),
    _text("operator_id", None),
    _text("action", None),
    _text("entity_id", None),
    _text("detail", None),
    _text("prev_hash", None),
    _text("row_hash", None),
)

serials = _table("serials", Column("day", Text, primary_key=True), _int("last"))

# Days of cases that a new list of holidays moved, until a person has read them.
date_changes = _table(
    "date_changes",
    Column("change_no", Integer, primary_key=True),
    _text("at", None),
    _text("version", None),
    _text("case_id", None),
    _text("kind", None),
    _text("old_due", None),
    _text("new_due", None),
    _text("why", None),
    _text("seen_at"),
    Index("date_changes_unseen", "seen_at", "change_no"),
)

# Leased serials of official numbers (sync-protocol §1); ``next_serial`` only rises.
number_blocks = _table(
    "number_blocks",
    Column("block_id", Text, primary_key=True),
    _text("series", None),
    Column("epoch", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("next_serial", Integer, nullable=False),
    _text("expires_at", None),
    Index("number_blocks_in_order", "series", "epoch", "first"),
)

# Every official number a case was ever printed with; one the centre replaced still finds it.
case_numbers = Table(
    "case_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

reference = _table(
    "reference",
    Column("kind", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    _text("body", None),
    _int("is_current", "1"),
    Index("reference_current", "kind", "is_current", "entity_id"),
)

item_terms = Table(
    "item_terms",
    metadata,
    Column("item_code", Text, primary_key=True),
    Column("term", Text, primary_key=True),
    Column("shown", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Readings of characters, filled once, so that no pinyin library is loaded at the counter's work.
readings = Table(
    "readings",
    metadata,
    Column("character", Text, primary_key=True),
    Column("syllable", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What the feed delivered, for the checksum of each scope.
feed_rows = Table(
    "feed_rows",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    Column("rev", Integer, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
scope_sums = _table("scope_sums", Column("scope", Text, primary_key=True), _text("checksum", None))

# Who is in which case, by person key: also of cases that other counters of the hall received.
case_people = Table(
    "case_people",
    metadata,
    Column("person", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Index("case_people_of", "case_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What the hall keeps about people besides cases: checked papers, authorisations, approvals.
person_records = _table(
    "person_records",
    Column("kind", Text, primary_key=True),
    Column("entity_id", Text, primary_key=True),
    _text("person", None),
    _text("body", None),
    Index("person_records_of", "person", "kind"),
)
# Parts of a snapshot that is being fetched; empty otherwise.
snapshot_parts = Table(
    "snapshot_parts",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# 工单: low ratings and 诉求 as the centre told them (``body``) and steps done here (``mine``).
tickets = Table(
    "tickets",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("ticket_id", Text, primary_key=True),
    Column("opened_at", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("mine", Text, nullable=False),
    Index("tickets_by_time", "kind", "opened_at"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
# That a handling was rated, never what was said: that is sealed to the centre.
rating_marks = Table(
    "rating_marks",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("handling", Text, primary_key=True),
    Column("invite", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
# Calls to 110, 119, 120, noted the moment they were made.
danger_calls = Table(
    "danger_calls",
    metadata,
    Column("ticket_id", Text, primary_key=True),
    Column("danger", Text, nullable=False),
    Column("called", Text, nullable=False),
    Column("called_at", Text, nullable=False),
    Column("noted_by", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
# What is typed of a 诉求 and not registered yet: one of each operator.
appeal_drafts = Table(
    "appeal_drafts",
    metadata,
    Column("operator_id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
# 取号 and 叫号 of today: every event the hall's host has put in order (``host_no``), and our own.
queue_events = Table(
    "queue_events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("host_no", Integer, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
# Operations that pass every other on the way (danger to life).
first_ops = Table(
    "first_ops",
    metadata,
    Column("op_id", Text, ForeignKey("outbox.op_id"), primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
