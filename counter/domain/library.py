# SPDX-License-Identifier: MulanPSL-2.0
"""The material library (材料库): papers this hall has checked before, and when they may be reused.

Trust levels A to D are those of 国办函〔2016〕108号 (domain brief §7): A issued by the authority,
B checked by a clerk against the original, C handed in without the original, D self-made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from counter.domain.ages import parse_day
from counter.domain.bodies import CaseReceived, CaseSupplemented
from counter.domain.catalog import Item, Material
from counter.domain.materials import GivenMaterial, Page, Trust, Way
from counter.domain.operations import Frozen
from counter.domain.people import Agent, Person, person_key

_RANK: dict[str, int] = {"A": 3, "B": 3, "C": 2, "D": 1}
TRUST_WORDS: dict[str, str] = {
    "A": "主管部门签发",
    "B": "窗口核过原件",
    "C": "没核过原件",
    "D": "本人自己写的",
}
_LIKE_ORIGINAL = frozenset({"original_checked", "scanned", "e_cert", "library"})


class LibraryPaper(Frozen):
    """One paper of one person, as last checked at this hall; body of ``material.added``.

    ``paper_id`` follows from person and material, so that both ends of the line name the same
    paper alike without asking each other.
    """

    person: str  # key of whom it belongs to
    material_key: str
    material_name: str
    cert_type_code: str = ""
    cert_no: str = ""  # 电子证照标识
    trust: Literal["A", "B", "C"]
    checked_by: str = ""
    checked_at: str = ""  # ISO 8601 with offset
    purpose: str = ""  # what it was taken for: short name of the item
    expires: str = ""  # ISO day after which it may not be reused; "" where nothing limits it
    source_case: str = ""
    source_no: str = ""  # receipt number of that case
    pages: tuple[Page, ...] = ()

    @property
    def paper_id(self) -> str:
        """Return the id of this person's paper."""
        return paper_id(self.person, self.material_key)


@dataclass(frozen=True, slots=True)
class Held:
    """What the library holds for one row of the material list.

    Attributes:
        paper: The paper.
        usable: It may be used as it is: A or B and in validity.
        recheck: It is there (C), but the original has to be looked at first; then it becomes B.
        words: Who checked it, when, and until when it may be reused.
    """

    paper: LibraryPaper
    usable: bool
    recheck: bool
    words: str


def paper_id(owner: str, material_key: str) -> str:
    """Return the id of a person's paper: 32 hex digits."""
    return hashlib.sha256(f"{owner}:{material_key}".encode()).hexdigest()[:32]


def trust_of(material: Material, given: GivenMaterial) -> Trust:
    """Return the trust level of a paper as it was handed in; "" where nothing was."""
    if material.generated or given.way == "promised":
        return "D"
    if given.way == "library":
        return given.trust
    if given.way == "e_cert":
        return "A"
    if given.way == "original_checked" or (given.way == "scanned" and given.original_checked):
        return "B"
    if given.way == "scanned":
        return "D" if material.source_type == "10" else "C"
    return ""


def as_taken(material: Material, given: GivenMaterial) -> GivenMaterial:
    """Return the row as it goes into the case: its trust level, and what is still to be asked.

    Nothing here can see a revocation: electronic certificates and papers that another office is
    to confirm stay 待在线核验 until the centre has asked.
    """
    pending = given.way in ("e_cert", "exempt")
    return given.model_copy(
        update={
            "trust": trust_of(material, given),
            "online_check": "pending" if pending else given.online_check,
        }
    )


def better(old: LibraryPaper | None, new: LibraryPaper) -> LibraryPaper:
    """Return what the library keeps when a paper comes again.

    An unchecked copy never takes the place of a checked one; of two equal ones the later check
    counts. A check without a new image keeps the image there is.
    """
    if old is None:
        return new
    if _RANK[new.trust] < _RANK[old.trust] and not _over(old, new.checked_at):
        return old
    if _RANK[new.trust] == _RANK[old.trust] and new.checked_at <= old.checked_at:
        return old
    return new if new.pages else new.model_copy(update={"pages": old.pages})


def _over(paper: LibraryPaper, moment: str) -> bool:
    return bool(paper.expires) and paper.expires < moment[:10]


def papers_of(case_id: str, body: CaseReceived, item: Item) -> tuple[LibraryPaper, ...]:
    """Return what a received case adds to the library; both ends derive the same from the body."""
    return _kept(
        body.materials, item, _Source(body.applicant, body.agent, case_id, body.receipt_no)
    )


def papers_added(
    case_id: str, body: CaseReceived, added: CaseSupplemented, item: Item
) -> tuple[LibraryPaper, ...]:
    """Return what papers handed in later add to the library."""
    return _kept(
        added.materials, item, _Source(body.applicant, body.agent, case_id, body.receipt_no)
    )


@dataclass(frozen=True, slots=True)
class _Source:
    applicant: Person
    agent: Agent | None
    case_id: str
    receipt_no: str

    def owner(self, material: Material) -> Person | None:
        if material.holder == "agent":
            return self.agent.person if self.agent else None
        return self.applicant if material.holder == "applicant" else None


def _kept(given: Iterable[GivenMaterial], item: Item, source: _Source) -> tuple[LibraryPaper, ...]:
    rows = {material.key: material for material in item.materials}
    found = []
    for one in given:
        material = rows.get(one.key)
        person = source.owner(material) if material else None
        if material is None or person is None or not person.id_no:
            continue
        trust = one.trust
        if not material.reusable or one.way not in _LIKE_ORIGINAL or trust not in ("A", "B", "C"):
            continue
        key = person_key(person)
        same = bool(one.library_id) and one.library_id == paper_id(key, material.key)
        if not (one.pages or one.cert_no or same):
            continue  # looked at and handed back: nothing is there to reuse
        found.append(
            LibraryPaper(
                person=key,
                material_key=material.key,
                material_name=material.material_name,
                cert_type_code=material.cert_type_code,
                cert_no=one.cert_no,
                trust=trust,
                checked_by=one.checked_by,
                checked_at=one.checked_at,
                purpose=item.short_name,
                expires=_expires(material, one, person),
                source_case=source.case_id,
                source_no=source.receipt_no,
                pages=one.pages,
            )
        )
    return tuple(found)


def _expires(material: Material, given: GivenMaterial, person: Person) -> str:
    """The earlier of: days of the catalogue behind the check, last day of the identity paper."""
    days = []
    checked = parse_day(given.checked_at[:10])
    if material.validity_days and checked is not None:
        days.append((checked + timedelta(days=material.validity_days)).isoformat())
    if material.key == "id_card" and parse_day(person.id_valid_to) is not None:
        days.append(person.id_valid_to)
    return min(days, default="")


def owner_keys(applicant: Person, agent: Agent | None) -> dict[str, str]:
    """Return the keys of the people whose papers may be asked for: holder → person key."""
    out = {"applicant": person_key(applicant)}
    if agent is not None:
        out["agent"] = person_key(agent.person)
    return {holder: key for holder, key in out.items() if key}


def held_for(
    material: Material, papers: Sequence[LibraryPaper], owners: dict[str, str], today: date
) -> Held | None:
    """Return what the library holds for a row of the list, the best first; None if nothing.

    A paper fits by its key or by the type of its electronic certificate, and only if it is the
    right person's. What expired, or is too old for this item, is not offered.
    """
    owner = owners.get(material.holder, "")
    if not material.reusable or not owner:
        return None
    fitting = [p for p in papers if p.person == owner and _fits(material, p)]
    fitting = [p for p in fitting if _last_day(material, p) >= today.isoformat()]
    if not fitting:
        return None
    best = max(fitting, key=lambda p: (_RANK[p.trust], p.material_key == material.key))
    checked = best.trust in ("A", "B")
    return Held(best, checked, not checked, held_words(best, _last_day(material, best)))


def _fits(material: Material, paper: LibraryPaper) -> bool:
    if paper.material_key == material.key:
        return True
    return paper.cert_type_code in material.cert_types


def _last_day(material: Material, paper: LibraryPaper) -> str:
    """The earlier of the paper's own last day and this item's; a day far off if none is set."""
    checked = parse_day(paper.checked_at[:10])
    days = [paper.expires] if paper.expires else []
    if material.validity_days and checked is not None:
        days.append((checked + timedelta(days=material.validity_days)).isoformat())
    return min(days, default="9999-12-31")


def held_words(paper: LibraryPaper, last_day: str) -> str:
    """Say who checked a paper, when, for what, and until when it may be reused."""
    when = paper.checked_at[:10]
    who = f"{paper.checked_by} " if paper.checked_by else ""
    purpose = f"（办{paper.purpose}时）" if paper.purpose else ""
    if paper.trust == "C":
        return f"库里有 {when or '以前'} 留的扫描件{purpose}，没核过原件，请先核对原件。"
    until = "" if last_day.startswith("9999") else f"，可用到 {last_day}"
    return f"库里有：{who}{when} 核过原件{purpose}{until}。"


SOURCE_ORDER: tuple[Way, ...] = ("exempt", "e_cert", "library", "promised")
"""免证办: platform share, electronic certificate, own library, 告知承诺; paper comes last (§7)."""


def spared_by(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Return the ways open for a row that spare the person the paper, best first."""
    return tuple(way for way in SOURCE_ORDER if way in ways)
