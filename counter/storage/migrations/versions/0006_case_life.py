# SPDX-License-Identifier: MulanPSL-2.0
"""What a case's own acts here made of it, beside the centre's row."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a case without own memory is read by the centre's or by its receipt."""
    op.execute("ALTER TABLE cases ADD COLUMN local_life TEXT DEFAULT '{}' NOT NULL")
    op.execute("ALTER TABLE cases ADD COLUMN overlaid INTEGER DEFAULT '0' NOT NULL")


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE cases DROP COLUMN overlaid")
    op.execute("ALTER TABLE cases DROP COLUMN local_life")
