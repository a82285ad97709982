# SPDX-License-Identifier: MulanPSL-2.0
"""The leader's view over the real store."""

from __future__ import annotations

from counter.domain.people import Person, person_key
from counter.ports.storage import PersonRecord
from tests.storage.kit import ID_NO, NAME, Home, receive
from tests.storage.test_readers import install, queries


def test_an_unproved_identity_is_listed_until_it_is_proved(home: Home) -> None:
    with home.open() as store:
        install(store)
        case, _op = receive(store)
        seen = queries(store).leader_view()
        assert [row.case.case_id for row in seen.recheck] == [case.case_id]
        assert (seen.deemed, seen.doubles, seen.agents, seen.attention) == ((), (), (), ())
        key = person_key(Person(name=NAME, id_no=ID_NO))
        with store.unit_of_work() as work:
            work.people.put(PersonRecord("identity", key, key, {"method": "card_visual"}))
            work.commit()
        assert queries(store).leader_view().recheck == ()
