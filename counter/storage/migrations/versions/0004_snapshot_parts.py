# SPDX-License-Identifier: MulanPSL-2.0
"""Room for a snapshot that is being fetched."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute("""
CREATE TABLE snapshot_parts (
    sha256 TEXT NOT NULL,
    place INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (sha256, place)
)
 WITHOUT ROWID, STRICT
""")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE snapshot_parts")
