# SPDX-License-Identifier: MulanPSL-2.0
"""People around a case: applicant, agent, and how their identity was proved offline."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from counter.domain.ages import full_years, parse_day
from counter.domain.checkchars import mod11_2
from counter.domain.problems import squeeze

# Identity ladder, domain brief §4.5; the order is falling confidence.
VerifyMethod = Literal["card_chip", "card_visual", "other_document", "attested", "none"]


class IdPaper(BaseModel):
    """A further identity paper of a person (户口簿, 社保卡, 老年优待证 …), codes as in Person."""

    model_config = ConfigDict(extra="forbid")

    id_type: str
    id_no: str
    valid_to: str = ""  # ISO day or 长期
    issuer: str = ""


class Person(BaseModel):
    """A natural person as known at the counter; every part but the name may be absent.

    A phone is never required: ``no_phone_reason`` holds 无手机 or whose phone it is.
    Dates are ISO 8601 days, codes are of GB/T 2261.1 (sex), GB/T 3304 (nation),
    GA/T 2000.156 (id_type, 111 = 居民身份证).
    """

    model_config = ConfigDict(extra="forbid")

    entity_id: str = ""
    name: str = ""
    name_on_card: str = ""
    id_type: str = "111"
    id_no: str = ""
    sex: str = ""
    nation: str = ""
    birth: str = ""
    address: str = ""
    id_valid_from: str = ""
    id_valid_to: str = ""  # ISO day or 长期
    issuer: str = ""
    mobile: str = ""
    phone_owner: str = ""
    no_phone_reason: str = ""
    verify_method: VerifyMethod = "none"
    verified_at: str = ""
    verified_by: str = ""
    id_expired_reason: str = ""
    other_papers: tuple[IdPaper, ...] = ()
    second_fact: str = ""  # what else fitted, where the paper alone is weak (§4.5 ③)
    attested_by: tuple[str, ...] = ()  # 村（居）委会 or two people (§4.5 ④)
    contact_way: str = ""  # code list contact_way: how to reach somebody without a phone
    contact_name: str = ""
    contact_phone: str = ""


class Agent(BaseModel):
    """Who acts for the applicant (代理人), with relation and scope (授权委托)."""

    model_config = ConfigDict(extra="forbid")

    person: Person
    relation: str = ""  # 女儿, 儿子, 配偶, 监护人, 代办员 …
    kind: Literal["entrusted", "guardian", "helper"] = "entrusted"
    powers: tuple[str, ...] = ("提交", "补正", "签收", "领取", "查询")
    valid_from: str = ""
    valid_to: str = ""
    evidence: str = ""  # code list guardian_evidence: what shows the guardianship
    items: tuple[str, ...] = ()  # scope by item code; empty: this case only
    authorisation_id: str = ""  # an earlier 授权委托 that covers this case


ELDER_AGE = 60
"""老年人权益保障法 art. 2: citizens of sixty full years and more."""


def is_elder(person: Person, today: date) -> bool:
    """Tell whether somebody is an elder on this day; unknown birth is no."""
    born = parse_day(person.birth)
    return born is not None and full_years(born, today) >= ELDER_AGE


def person_key(person: Person) -> str:
    """Return the key a person is recognised by at both ends; "" without an identity number.

    A temporary card and an old number of 15 digits are the same person as the card of 18.
    """
    number = squeeze(person.id_no)
    if not number:
        return ""
    kind = "111" if person.id_type == "112" else person.id_type
    if kind == "111" and len(number) == 15 and number.isdigit():
        number = f"{number[:6]}19{number[6:]}"
        number += mod11_2(number)
    return hashlib.sha256(f"{kind}:{number}".encode()).hexdigest()


def people_in(body: dict[str, Any]) -> dict[str, str]:
    """Return role → person key of a ``CaseReceived`` body as JSON: applicant, agent."""
    applicant, agent = body.get("applicant"), body.get("agent")
    found = {"applicant": Person.model_validate(applicant) if applicant else Person()}
    if agent:
        found["agent"] = Person.model_validate(agent["person"])
    keys = {role: person_key(person) for role, person in found.items()}
    return {role: key for role, key in keys.items() if key}
