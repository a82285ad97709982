# SPDX-License-Identifier: MulanPSL-2.0
"""Contents of the papers a person takes home, as plain values for a template.

What each paper must carry: domain brief §3.6. Numbers of identity papers and phones are
masked here, once, for every paper; the QR holds neither name nor number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from counter.app.session import Session
from counter.domain.bodies import CaseReceived
from counter.domain.catalog import Item
from counter.domain.errors import DomainError
from counter.domain.masking import mask_id, mask_phone
from counter.domain.materials import WAY_WORDS, GivenMaterial
from counter.domain.people import Person
from counter.ports.keys import Hall
from counter.ports.storage import CaseRecord

_WEEKDAY = "一二三四五六日"
_UNIT = {"G": "个工作日", "Z": "天", "H": "小时"}
_PROJECT = {"1": "即办件", "2": "承诺件", "9": "其他"}
_ID_WORDS = {
    "111": "居民身份证",
    "112": "临时身份证",
    "113": "户口簿",
    "154": "居住证",
    "414": "护照",
    "511": "台胞证",
    "516": "港澳居民来往内地通行证",
    "553": "外国人永久居留证",
}


@dataclass(frozen=True)
class PaperSize:
    """Type sizes in points and the QR's width in pixels at 96 dpi."""

    title: float
    lead: float
    body: float
    small: float
    pad: int
    qr: int


STANDARD = PaperSize(title=20, lead=13, body=11, small=8.5, pad=3, qr=165)
LARGE = PaperSize(title=28, lead=21, body=18.5, small=14, pad=4, qr=180)  # ≥ 18 pt, §3.6


@dataclass(frozen=True)
class PaperWish:
    """Which paper, for whom, how."""

    code: str  # REC | ACP
    title: str
    qr: str
    printed_at: datetime
    large: bool = False
    reprint: bool = False


def day_words(iso: str) -> str:
    """Return e.g. ``2026年11月27日（周五）`` for an ISO day; '' stays ''."""
    if not iso:
        return ""
    day = date.fromisoformat(iso[:10])
    return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAY[day.weekday()]}）"


def _moment(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _person(person: Person) -> dict[str, str]:
    phone = mask_phone(person.mobile) if person.mobile else person.no_phone_reason or "未留"
    if person.mobile and person.phone_owner:
        phone += f"（{person.phone_owner}的）"
    return {
        "name": person.name,
        "id_type": _ID_WORDS.get(person.id_type, "其他证件"),
        "id_masked": mask_id(person.id_no),
        "phone": phone,
    }


def _agent(body: CaseReceived) -> dict[str, str] | None:
    if body.agent is None:
        return None
    return {**_person(body.agent.person), "relation": body.agent.relation}


def _material(given: GivenMaterial, item: Item) -> dict[str, str | int]:
    row = next((m for m in item.materials if m.key == given.key), None)
    word = WAY_WORDS[given.way]
    if given.way == "scanned" and given.original_checked:
        word = "已核原件、已扫描"
    if given.due:
        word += f"，{day_words(given.due)}前补"
    return {
        "name": row.material_name if row else given.key,
        "way": word,
        "pages": len(given.pages) or "–",
        "form": "电" if given.way in {"e_cert", "library"} else "纸" if given.pages else "–",
    }


def _promise(item: Item) -> str:
    if item.promise_day == 0:
        return "当场办结"
    return f" {item.promise_day} {_UNIT[item.promise_type]}内办结"


def _gaps(body: CaseReceived, item: Item) -> list[dict[str, str]]:
    names = {m.key: m.material_name for m in item.materials}
    return [
        {"name": names.get(m.key, m.key), "due_words": day_words(m.due)}
        for m in body.materials
        if m.way == "tolerated"
    ]


def paper_context(
    wish: PaperWish, case: CaseRecord, item: Item, hall: Hall, clerk: Session
) -> dict[str, Any]:
    """Return everything the template of ``wish.code`` may use.

    Raises:
        DomainError: ``PAPER-EARLY`` if the paper would claim what has not happened, above all
            a 受理通知书 before the centre accepted.
    """
    centre = case.centre
    if wish.code == "ACP" and not centre.get("accepted_at"):
        raise DomainError(
            code="PAPER-EARLY",
            what="中心还没有受理这份办件，不能打印受理通知书。",
            safe="收件凭证仍然有效。",
            todo="等中心受理后再打印。",
        )
    body = CaseReceived.model_validate(case.body)
    fees = "；".join(f"{f.fee_name}：{f.fee_stand}" for f in item.fees)
    return {
        "title": wish.title,
        "qr": wish.qr,
        "size": LARGE if wish.large else STANDARD,
        "reprint": wish.reprint,
        "printed_at": f"{wish.printed_at:%Y-%m-%d %H:%M}",
        "hall": hall,
        "training": hall.training,
        "clerk": clerk,
        "catalog_version": case.item_version,
        "item": {
            "name": item.task_name,
            "task_code": item.task_code,
            "licence_law": item.licence_law,
            "promise_words": _promise(item),
            "project_type_word": _PROJECT[item.project_type],
            "fee_words": fees if item.is_fee else "不收费",
            "result_name": item.result_name or "办理结果",
            "delivery_words": "窗口领取，可由家人代领",
        },
        "case": {
            "receipt_no": case.receipt_no,
            "project_no": case.project_no,
            "received_at": _moment(body.received_at),
            "answer_due_words": day_words(body.answer_due),
            "answer_provisional": body.answer_provisional,
            "query_code": body.query_code,
            "accept_no": centre.get("accept_no") or case.project_no,
            "accepted_words": day_words(str(centre.get("accepted_at", ""))),
            "promise_words": day_words(str(centre.get("promise_date", ""))),
        },
        "applicant": _person(body.applicant),
        "agent": _agent(body),
        "materials": [_material(m, item) for m in body.materials if m.way != "missing"],
        "gaps": _gaps(body, item),
    }
