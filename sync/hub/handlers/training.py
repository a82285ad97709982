# SPDX-License-Identifier: MulanPSL-2.0
"""The training hall: fictional, region 990123 belongs to nobody (domain brief §3)."""

from __future__ import annotations

from pathlib import Path

from counter.domain.people import Person, person_key
from sync.hub.centre import Centre
from sync.hub.handlers import administration, publish
from sync.hub.storage import cases, halls

HALL = halls.Hall(
    hall_code="7K2QM",
    name="柳河镇便民服务中心",
    region="990123",
    phone="0999-0001234",
    supervise_phone="0999-0012345",
    address="柳河镇河滨路1号（练习）",
    training=True,
)
OPERATORS = (
    ("0312", "张敏", ("clerk",)),
    ("0308", "李强", ("helper",)),
    ("0301", "王芳", ("leader",)),
)
WINDOW = 3
# What "other platforms" answer in the training hall. Photos and names of shops are looked at by
# people, so these cases show the way through the back office.
ANSWERS = {
    "alive": True,
    "not_paid_elsewhere": True,
    "no_other_medical": True,
    "no_other_pension": True,
    "no_open_penalty": True,
    "real_name": True,
}
INSURED_ELSEWHERE = Person(id_no="990123195111200032")


def seed(centre: Centre, resources: Path) -> None:
    """Make the training hall complete; run again it changes nothing that is there."""
    administration.put_hall(centre, HALL)
    with centre.database.write() as tx:
        for key, value in ANSWERS.items():
            cases.put_platform_fact(tx, cases.ANYBODY, key, value)
        insured = person_key(INSURED_ELSEWHERE)
        cases.put_platform_fact(tx, insured, "no_other_medical", value=False)
        known = {state.operator_id for state in halls.operators(tx)}
    for job_no, name, roles in OPERATORS:
        if f"{HALL.hall_code}-{job_no}" not in known:
            publish.put_operator(
                centre, hall_code=HALL.hall_code, job_no=job_no, name=name, roles=roles
            )
    publish.publish(centre, list(publish.read_folder(resources)))
