# SPDX-License-Identifier: MulanPSL-2.0
"""The counter's encrypted database and files; the only SQLAlchemy here."""
