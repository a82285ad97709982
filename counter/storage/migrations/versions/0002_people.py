# SPDX-License-Identifier: MulanPSL-2.0
"""Who is in which case, and what the hall keeps about people besides cases."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP = (
    """
CREATE TABLE case_people (
    person TEXT NOT NULL,
    case_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (person, case_id, role)
)
 WITHOUT ROWID, STRICT
""",
    """
CREATE INDEX case_people_of ON case_people (case_id)
""",
    """
CREATE TABLE person_records (
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    person TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, entity_id)
)
 STRICT
""",
    """
CREATE INDEX person_records_of ON person_records (person, kind)
""",
)


def upgrade() -> None:
    """Create both tables."""
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop both tables."""
    op.execute("DROP TABLE person_records")
    op.execute("DROP TABLE case_people")
