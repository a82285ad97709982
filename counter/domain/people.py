# SPDX-License-Identifier: MulanPSL-2.0
"""People around a case: applicant, agent, and how their identity was proved offline."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

# Identity ladder, domain brief §4.5; the order is falling confidence.
VerifyMethod = Literal["card_chip", "card_visual", "other_document", "attested", "none"]


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


class Agent(BaseModel):
    """Who acts for the applicant (代理人), with relation and scope (授权委托)."""

    model_config = ConfigDict(extra="forbid")

    person: Person
    relation: str = ""  # 女儿, 儿子, 配偶, 监护人, 代办员 …
    kind: Literal["entrusted", "guardian", "helper"] = "entrusted"
    powers: tuple[str, ...] = ("提交", "补正", "签收", "领取", "查询")
    valid_to: str = ""
