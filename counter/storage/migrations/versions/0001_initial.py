# SPDX-License-Identifier: MulanPSL-2.0
"""The first schema. Imports nothing of the program: it must mean the same for ever."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = (
    """
CREATE TABLE audit (
    row_no INTEGER NOT NULL,
    at TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    action TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (row_no)
)
 STRICT
""",
    """
CREATE TABLE blobs (
    blob_id TEXT NOT NULL,
    "key" BLOB NOT NULL,
    size INTEGER DEFAULT '0' NOT NULL,
    media_type TEXT NOT NULL,
    added_at TEXT DEFAULT '' NOT NULL,
    upload_url TEXT DEFAULT '' NOT NULL,
    sent_bytes INTEGER DEFAULT '0' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    last_code TEXT DEFAULT '' NOT NULL,
    done INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (blob_id)
)
 STRICT
""",
    """
CREATE INDEX blobs_to_send ON blobs (done)
""",
    """
CREATE TABLE case_events (
    event_no INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    who TEXT DEFAULT '' NOT NULL,
    place TEXT DEFAULT '' NOT NULL,
    why TEXT DEFAULT '' NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (event_no)
)
 STRICT
""",
    """
CREATE INDEX case_events_of_case ON case_events (case_id, at)
""",
    """
CREATE TABLE case_terms (
    term TEXT NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (term, case_id)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE TABLE cases (
    case_id TEXT NOT NULL,
    receipt_no TEXT DEFAULT '' NOT NULL,
    project_no TEXT DEFAULT '' NOT NULL,
    item_code TEXT DEFAULT '' NOT NULL,
    item_version TEXT DEFAULT '' NOT NULL,
    item_name TEXT DEFAULT '' NOT NULL,
    applicant_name TEXT DEFAULT '' NOT NULL,
    applicant_id_no TEXT DEFAULT '' NOT NULL,
    operator_id TEXT DEFAULT '' NOT NULL,
    local_state TEXT NOT NULL,
    state TEXT NOT NULL,
    rev INTEGER DEFAULT '0' NOT NULL,
    received_at TEXT DEFAULT '' NOT NULL,
    answer_due TEXT DEFAULT '' NOT NULL,
    answer_provisional INTEGER DEFAULT '0' NOT NULL,
    promise_due TEXT DEFAULT '' NOT NULL,
    due TEXT DEFAULT '' NOT NULL,
    due_kind TEXT DEFAULT '' NOT NULL,
    delivery TEXT DEFAULT 'local' NOT NULL,
    delivery_word TEXT DEFAULT '' NOT NULL,
    centre_changed_at TEXT DEFAULT '' NOT NULL,
    body TEXT DEFAULT '{}' NOT NULL,
    centre TEXT DEFAULT '{}' NOT NULL,
    PRIMARY KEY (case_id)
)
 STRICT
""",
    """
CREATE INDEX cases_by_answer ON cases (centre_changed_at, state)
""",
    """
CREATE INDEX cases_by_delivery ON cases (delivery, state)
""",
    """
CREATE INDEX cases_by_due ON cases (due, case_id)
""",
    """
CREATE INDEX cases_by_project ON cases (project_no)
""",
    """
CREATE INDEX cases_by_receipt ON cases (receipt_no)
""",
    """
CREATE INDEX cases_by_time ON cases (received_at, case_id)
""",
    """
CREATE INDEX cases_of_person ON cases (applicant_id_no, item_code, received_at)
""",
    """
CREATE TABLE drafts (
    draft_id TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    updated_at TEXT DEFAULT '' NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (draft_id)
)
 STRICT
""",
    """
CREATE INDEX drafts_of_operator ON drafts (operator_id, updated_at)
""",
    """
CREATE TABLE feed_rows (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (scope, kind, entity_id)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE TABLE heads (
    device_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER DEFAULT '0' NOT NULL,
    op_hash TEXT NOT NULL,
    PRIMARY KEY (device_id, epoch)
)
 STRICT
""",
    """
CREATE TABLE item_terms (
    item_code TEXT NOT NULL,
    term TEXT NOT NULL,
    shown TEXT NOT NULL,
    rank INTEGER NOT NULL,
    PRIMARY KEY (item_code, term)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
)
 STRICT
""",
    """
CREATE TABLE outbox (
    op_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    op_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    jws TEXT NOT NULL,
    size INTEGER DEFAULT '0' NOT NULL,
    made_at TEXT DEFAULT '' NOT NULL,
    deadline TEXT DEFAULT '' NOT NULL,
    not_before TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT 'QUEUED' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    next_try_at TEXT DEFAULT '' NOT NULL,
    last_code TEXT DEFAULT '' NOT NULL,
    last_message TEXT DEFAULT '' NOT NULL,
    last_field TEXT DEFAULT '' NOT NULL,
    result_rev INTEGER DEFAULT '0' NOT NULL,
    settled_at TEXT DEFAULT '' NOT NULL,
    result_token TEXT DEFAULT '' NOT NULL,
    exported_in TEXT DEFAULT '[]' NOT NULL,
    closed_at TEXT DEFAULT '' NOT NULL,
    closed_by TEXT DEFAULT '' NOT NULL,
    closed_why TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (op_id)
)
 STRICT
""",
    """
CREATE INDEX outbox_by_state ON outbox (state, deadline, epoch, seq)
""",
    """
CREATE INDEX outbox_of_entity ON outbox (entity_id, epoch, seq)
""",
    """
CREATE UNIQUE INDEX outbox_position ON outbox (device_id, epoch, seq)
""",
    """
CREATE TABLE readings (
    character TEXT NOT NULL,
    syllable TEXT NOT NULL,
    PRIMARY KEY (character)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE TABLE reference (
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    is_current INTEGER DEFAULT '1' NOT NULL,
    PRIMARY KEY (kind, entity_id, version)
)
 STRICT
""",
    """
CREATE INDEX reference_current ON reference (kind, is_current, entity_id)
""",
    """
CREATE TABLE scope_sums (
    scope TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (scope)
)
 STRICT
""",
    """
CREATE TABLE secrets (
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (name)
)
 STRICT
""",
    """
CREATE TABLE serials (
    day TEXT NOT NULL,
    last INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (day)
)
 STRICT
""",
    """
CREATE TABLE blob_refs (
    owner_id TEXT NOT NULL,
    blob_id TEXT NOT NULL,
    role TEXT NOT NULL,
    required INTEGER NOT NULL,
    PRIMARY KEY (owner_id, blob_id, role),
    FOREIGN KEY(blob_id) REFERENCES blobs (blob_id)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE INDEX blob_refs_of ON blob_refs (blob_id)
""",
    """
CREATE TABLE op_blobs (
    op_id TEXT NOT NULL,
    blob_id TEXT NOT NULL,
    role TEXT NOT NULL,
    required INTEGER NOT NULL,
    PRIMARY KEY (op_id, blob_id),
    FOREIGN KEY(op_id) REFERENCES outbox (op_id)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE INDEX op_blobs_of ON op_blobs (blob_id)
""",
    """
CREATE TABLE op_needs (
    op_id TEXT NOT NULL,
    needs TEXT NOT NULL,
    PRIMARY KEY (op_id, needs),
    FOREIGN KEY(op_id) REFERENCES outbox (op_id)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE INDEX op_needs_of ON op_needs (needs)
""",
)
_DOWN = (
    "op_needs",
    "op_blobs",
    "blob_refs",
    "serials",
    "secrets",
    "scope_sums",
    "reference",
    "readings",
    "outbox",
    "meta",
    "item_terms",
    "heads",
    "feed_rows",
    "drafts",
    "cases",
    "case_terms",
    "case_events",
    "blobs",
    "audit",
)


def upgrade() -> None:
    """Make all tables."""
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop all tables."""
    for name in _DOWN:
        op.execute(f"DROP TABLE {name}")
