# SPDX-License-Identifier: MulanPSL-2.0
"""取号 and 叫号: the day's events of the hall's queue."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        """
CREATE TABLE queue_events (
    event_id TEXT NOT NULL,
    day TEXT NOT NULL,
    host_no INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (event_id)
)
 WITHOUT ROWID, STRICT
"""
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE queue_events")
