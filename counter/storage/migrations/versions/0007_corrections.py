# SPDX-License-Identifier: MulanPSL-2.0
"""Which operation a correction stands for (sync-protocol §1, ``supersedes``)."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; before there were no corrections."""
    op.execute("ALTER TABLE outbox ADD COLUMN supersedes TEXT DEFAULT '' NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE outbox DROP COLUMN supersedes")
