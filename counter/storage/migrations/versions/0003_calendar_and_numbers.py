# SPDX-License-Identifier: MulanPSL-2.0
"""Days moved by a new list of holidays; leased serials; every number a case was printed with."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UP = (
    """
CREATE TABLE case_numbers (
    number TEXT NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (number, case_id)
)
 WITHOUT ROWID,
 STRICT
""",
    """
CREATE TABLE date_changes (
    change_no INTEGER NOT NULL,
    at TEXT NOT NULL,
    version TEXT NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    old_due TEXT NOT NULL,
    new_due TEXT NOT NULL,
    why TEXT NOT NULL,
    seen_at TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (change_no)
)
 STRICT
""",
    "CREATE INDEX date_changes_unseen ON date_changes (seen_at, change_no)",
    """
CREATE TABLE number_blocks (
    block_id TEXT NOT NULL,
    series TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    next_serial INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (block_id)
)
 STRICT
""",
    "CREATE INDEX number_blocks_in_order ON number_blocks (series, epoch, first)",
)
_DOWN = ("number_blocks", "date_changes", "case_numbers")


def upgrade() -> None:
    """Make the tables."""
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for name in _DOWN:
        op.execute(f"DROP TABLE {name}")
