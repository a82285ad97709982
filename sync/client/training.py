# SPDX-License-Identifier: MulanPSL-2.0
"""The training hall (练习大厅 990123): a hub of one's own, an enrolled home, three operators.

Everything in it is fictional, so its password may stand here in clear.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.domain.errors import KnownError
from counter.security.vault import NewOperator
from counter.security.vault_file import Mode
from sync.client.centre import Centre
from sync.client.embedded import EmbeddedHub
from sync.client.engine.pull import PullEngine
from sync.client.engine.step import Kit
from sync.client.enrol import enrol
from sync.client.outcomes import LineError
from sync.client.transport import Channel, Link, Transport

PASSWORD = "Yichuang-990123"  # noqa: S105 - documented, opens nothing but made-up data
CLERK, HELPER, LEADER = "0312", "0308", "0301"
_PEOPLE = (
    (CLERK, "张敏", frozenset({"clerk"})),
    (HELPER, "李强", frozenset({"helper"})),
    (LEADER, "王芳", frozenset({"leader"})),
)
HUB_FOLDER = "training-hub"
SYNC_LOCK = "sync.lock"


def operators(hall_code: str) -> tuple[NewOperator, ...]:
    """Return the operators the training hub knows, with the training password."""
    return tuple(
        NewOperator(f"{hall_code}-{job_no}", name, job_no, PASSWORD, roles)
        for job_no, name, roles in _PEOPLE
    )


@dataclass
class TrainingHall:
    """A home in the training hall and, if it is ours, the hub it talks to.

    Use ``open_training``; close it after every core of the home was closed.
    """

    home: Home
    url: str
    hub: EmbeddedHub | None = None

    def __enter__(self) -> TrainingHall:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def sign_in(self, job_no: str = CLERK, password: str = PASSWORD) -> Core:
        """Open the home as one of the three. Slow: off the GUI thread.

        Raises:
            KnownError: ``TRAINING-ONLY``: the home belongs to a real hall.
        """
        labels = [label for label in self.home.operators() if label.job_no == job_no]
        if not labels:
            raise _not_training()
        core = self.home.sign_in(labels[0].operator_id, password)
        if not core.identity.hall.training:
            core.close()
            raise _not_training()
        return core

    def transport(self, core: Core, link: Link | None = None) -> Transport:
        """Return the line to the hub as it is reached today (its port changes at each start)."""
        return Transport(self.url or core.identity.hub_url, core.identity.key, link=link)

    def complete(self, core: Core) -> None:
        """Fetch what the centre published: a kill may have come between enrolment and this.

        Raises:
            KnownError: ``TRAINING-LINE`` when there is nothing here to work with either.
        """
        try:
            pull_all(core, self.transport(core))
        except KnownError:
            who = core.session.operator_id
            if not core.execution.run(lambda: core.queries.frequent_items(who, 1)):
                raise

    def close(self) -> None:
        """Stop the hub if it is ours."""
        if self.hub is not None:
            self.hub.stop()


def open_training(
    home: Home, *, hub_url: str = "", code: str = "", hub_data: Path | None = None
) -> TrainingHall:
    """Make a training hall ready: hub running, home enrolled, catalogue here.

    Args:
        home: Enrolled at the first call; later calls only start the hub.
        hub_url: A training hub that runs already; '' starts our own beside the home.
        code: Enrolment code for ``hub_url``.
        hub_data: Data folder of our own hub; by default inside the home folder.

    Raises:
        KnownError: ``HUB-START``, ``ENROL-…``, ``TRAINING-LINE``, what ``Home.enrol`` raises.
    """
    hall = TrainingHall(home, hub_url)
    try:
        if not hub_url:
            hall.hub = EmbeddedHub(hub_data or home.paths.home / HUB_FOLDER)
            ready = hall.hub.start()
            hall.url, code = ready.url, ready.enrol_code
        if not home.enrolled:
            _enrol(hall, code)
    except BaseException:
        hall.close()
        raise
    return hall


def _enrol(hall: TrainingHall, code: str) -> None:
    facts = enrol(hall.url, code, "练习窗口")
    if not facts.hall.training:
        raise _not_training()
    mode: Mode = "keyring" if hall.home.keyring.available() else "passphrase-only"
    hall.home.enrol(facts, operators(facts.hall.hall_code), mode)
    core = hall.sign_in()
    try:
        pull_all(core, hall.transport(core))
    finally:
        core.close()


def feed_of(core: Core, transport: Transport) -> tuple[PullEngine, Channel]:
    """Return an engine to follow the feed by hand, and its channel to close."""
    channel = transport.open()
    centre = Centre(core.identity.centre_keys)
    kit = Kit(core.sync_store, core.execution.run, channel, centre, core.clock.now, time.monotonic)
    return PullEngine(kit), channel


def pull_all(core: Core, transport: Transport) -> int:
    """Follow the feed to its end now; return the pages taken. Not on the GUI thread.

    Raises:
        KnownError: ``TRAINING-LINE``.
    """
    engine, channel = feed_of(core, transport)
    try:
        while engine.step().more:
            pass
    except LineError as error:
        raise KnownError(
            code="TRAINING-LINE",
            what=error.outcome.words,
            safe="已登记的内容都还在。",
            todo="请重新打开程序再试。",
        ) from error
    finally:
        channel.close()
    return engine.pages


def _not_training() -> KnownError:
    return KnownError(
        code="TRAINING-ONLY",
        what="这里不是练习大厅，不能放练习数据。",
        safe="没有改动任何数据。",
        todo="请另选一个文件夹（--home）。",
    )
