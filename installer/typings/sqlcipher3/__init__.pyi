# SPDX-License-Identifier: MulanPSL-2.0
"""Types of sqlcipher3, which ships none: it is the standard sqlite3 module over SQLCipher."""

from sqlcipher3 import dbapi2 as dbapi2
