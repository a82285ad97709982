# SPDX-License-Identifier: MulanPSL-2.0
"""Alembic's entry: runs on the keyed connection it is given, never on one of its own."""

from alembic import context

# No fileConfig here: it would reset the program's logging.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
