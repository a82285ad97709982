# SPDX-License-Identifier: MulanPSL-2.0
"""A check-in of long ago reaches the centre late: it closes a numbering that is in order.

Found by the histories (12004-1-4): what was then held for its epoch was told by the feed alone, and
waited for the next start of the program.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hub.handlers import checkin, judging, publish
from sync.hub.storage import halls
from sync.protocol import errors
from sync.protocol.wire import CheckIn
from tests.faults import properties
from tests.faults.world import Template, World, document

pytestmark = pytest.mark.slow


def test_what_the_feed_tells_as_held_for_its_epoch_is_cleared_without_a_restart(
    tmp_path: Path,
) -> None:
    world = World(Template.make(tmp_path / "template"), tmp_path / "world", "late", plain=True)
    try:
        site, centre = world.sites[0], world.front.centre
        site.keeper.settle()
        site.receive(0)
        site.push.step()
        early = site.sync.chain_head()
        waits = site.receive(0, version="2")  # a form the centre will publish later
        site.push.step()
        assert properties.outbox(site)[waits.op.op_id].state == "HELD"
        who = site.identity
        with centre.database.read() as tx:
            device = halls.device(tx, who.device_id)
        assert device is not None
        ask = CheckIn(
            device_id=who.device_id,
            epoch=early.epoch,
            seq=early.seq,
            op_hash=early.op_hash,
            doubt=False,
            nonce="0" * 32,
        )
        assert checkin.check_in(centre, device, who.key.kid, ask).verdict == "older"
        publish.publish(centre, [document("2")])
        judging.recheck(centre, errors.HELD_FORM)
        while site.pull.step().more:
            pass
        assert properties.look(centre).ops[waits.op.op_id].code == errors.HELD_EPOCH
        site.push.step()  # asks where it stands, and goes on in a new numbering
        while site.pull.step().more:
            pass
        assert properties.outbox(site)[waits.op.op_id].state == "APPLIED"
    finally:
        world.close()
