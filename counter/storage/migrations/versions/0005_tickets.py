# SPDX-License-Identifier: MulanPSL-2.0
"""Ratings and 诉求: tickets, marks, calls, and operations that go first."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE tickets (
    kind TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    body TEXT NOT NULL,
    mine TEXT NOT NULL,
    PRIMARY KEY (kind, ticket_id)
)
 WITHOUT ROWID, STRICT
""",
    "CREATE INDEX tickets_by_time ON tickets (kind, opened_at)",
    """
CREATE TABLE rating_marks (
    case_id TEXT NOT NULL,
    handling TEXT NOT NULL,
    invite TEXT NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (case_id, handling)
)
 WITHOUT ROWID, STRICT
""",
    """
CREATE TABLE danger_calls (
    ticket_id TEXT NOT NULL,
    danger TEXT NOT NULL,
    called TEXT NOT NULL,
    called_at TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    PRIMARY KEY (ticket_id)
)
 WITHOUT ROWID, STRICT
""",
    """
CREATE TABLE first_ops (
    op_id TEXT NOT NULL,
    PRIMARY KEY (op_id),
    FOREIGN KEY(op_id) REFERENCES outbox (op_id)
)
 WITHOUT ROWID, STRICT
""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in ("first_ops", "danger_calls", "rating_marks", "tickets"):
        op.execute(f"DROP TABLE {table}")
