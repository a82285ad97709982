# SPDX-License-Identifier: MulanPSL-2.0
"""What is typed of a 诉求 and not registered yet, one of each operator."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        """
CREATE TABLE appeal_drafts (
    operator_id TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (operator_id)
)
 WITHOUT ROWID, STRICT
"""
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE appeal_drafts")
