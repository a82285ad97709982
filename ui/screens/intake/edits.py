# SPDX-License-Identifier: MulanPSL-2.0
"""Changes of a draft as plain functions: people, materials, signature."""

from __future__ import annotations

from datetime import date

from counter.domain.ages import full_years, parse_day
from counter.domain.draft import Draft, Signature
from counter.domain.identity import check_id_number
from counter.domain.library import Held
from counter.domain.materials import GivenMaterial, Page, Way
from counter.domain.people import Agent, Person, VerifyMethod

RESIDENT_TYPES = ("111", "112")
ID_CARD_MATERIAL = "id_card"
"""Key that the catalogue gives the applicant's resident ID card in every item."""


def person_of(draft: Draft, who: str) -> Person:
    """Return applicant (``person``) or agent; the agent is made when there is none."""
    if who == "person":
        return draft.applicant
    if draft.agent is None:
        draft.agent = Agent(person=Person())
    return draft.agent.person


def set_person(draft: Draft, who: str, name: str, value: str, today: date) -> None:
    """Set one part of a person; a resident number brings birth and sex with it."""
    person = person_of(draft, who)
    before = getattr(person, name)
    if before == value:
        return
    setattr(person, name, value)
    if name in {"id_no", "name", "id_type"} and person.verify_method != "none":
        # Another name or number is another paper: somebody has to look at it again.
        person.verify_method, person.verified_at, person.verified_by = "none", "", ""
    if name in {"id_no", "id_type"} and person.id_type in RESIDENT_TYPES:
        checked = check_id_number(person.id_no, today)
        complete = checked.birth is not None and len(checked.normalised) == 18
        person.birth = checked.birth.isoformat() if complete and checked.birth else ""
        person.sex = (checked.sex or "") if complete else ""


def take_card(draft: Draft, who: str, card: Person) -> None:
    """Put what a card told into the draft; phone and the like, which no card knows, stay."""
    old = person_of(draft, who)
    kept = {
        "entity_id": old.entity_id,
        "mobile": old.mobile,
        "phone_owner": old.phone_owner,
        "no_phone_reason": old.no_phone_reason,
        "verify_method": "none",  # only the clerk's look makes it certain
        "verified_at": "",
        "verified_by": "",
    }
    new = Person.model_validate({**card.model_dump(), **kept})
    if who == "person":
        draft.applicant = new
    elif draft.agent is not None:
        draft.agent.person = new


def confirm_person(draft: Draft, who: str, *, by_chip: bool, by: str, at: str) -> None:
    """人证一致: the clerk saw person and paper together."""
    person = person_of(draft, who)
    resident = person.id_type in RESIDENT_TYPES
    method: VerifyMethod = "card_visual" if resident else "other_document"
    person.verify_method = "card_chip" if by_chip else method
    person.verified_at, person.verified_by = at, by


def describe_person(person: Person, today: date) -> str:
    """Return 女 · 1946年12月8日出生 · 79岁, as far as known."""
    born = parse_day(person.birth)
    parts = [{"1": "男", "2": "女"}.get(person.sex, "")]
    if born is not None:
        parts.append(f"{born.year}年{born.month}月{born.day}日出生")
        if born <= today:
            parts.append(f"{full_years(born, today)}岁")
    return " · ".join(part for part in parts if part)


def expired(person: Person, today: date) -> bool:
    """Tell whether the paper's last day has passed."""
    ends = parse_day(person.id_valid_to)
    return ends is not None and ends < today


def given(draft: Draft, key: str) -> GivenMaterial:
    """Return what was given for a row."""
    return draft.materials.get(key) or GivenMaterial(key=key)


def _put(draft: Draft, row: GivenMaterial, **changes: object) -> None:
    draft.materials[row.key] = GivenMaterial.model_validate({**row.model_dump(), **changes})


def use_library(draft: Draft, key: str, held: Held, *, by: str, at: str) -> None:
    """Reuse a paper of the library; once more takes it back.

    One that nobody checked yet counts only because the clerk looks at the original now.
    """
    row = given(draft, key)
    if row.way == "library":
        set_way(draft, key, "library", by=by, at=at)
        return
    paper = held.paper
    _put(
        draft,
        row,
        way="library",
        library_id=paper.paper_id,
        trust="B" if held.recheck else paper.trust,
        original_checked=True,
        checked_by=by if held.recheck else paper.checked_by,
        checked_at=at if held.recheck else paper.checked_at,
        due="",
        note="",
    )


def set_cert(draft: Draft, key: str, text: str) -> None:
    """Keep the identifier of an electronic certificate."""
    _put(draft, given(draft, key), cert_no=text)


def set_way(
    draft: Draft, key: str, way: Way, *, by: str, at: str, due: str = "", note: str = ""
) -> None:
    """Say how a row is given; the same way once more takes it back. Pages are kept."""
    row = given(draft, key)
    if row.way == way:
        _put(
            draft,
            row,
            way="scanned" if row.pages else "missing",
            due="",
            note="",
            original_checked=False,
            checked_by="",
            checked_at="",
            trust="",
            library_id="",
            cert_no="",
        )
        return
    if way == "original_checked" and row.pages:
        seen = not row.original_checked
        _put(
            draft,
            row,
            way="scanned",
            original_checked=seen,
            due="",
            note="",
            checked_by=by if seen else "",
            checked_at=at if seen else "",
        )
        return
    looked = way in {"original_checked", "e_cert", "exempt"}
    _put(
        draft,
        row,
        way=way,
        original_checked=way == "original_checked",
        due=due,
        note=note,
        checked_by=by if looked else "",
        checked_at=at if looked else "",
        library_id="",
        trust="",
    )


def add_page(draft: Draft, key: str, page: Page) -> None:
    """Append a page; the row counts as scanned from now on."""
    row = given(draft, key)
    if all(old.blob_id != page.blob_id for old in row.pages):
        seen = row.original_checked or row.way == "original_checked"
        _put(
            draft,
            row,
            way="scanned",
            pages=(*row.pages, page),
            due="",
            note="",
            original_checked=seen,
        )


def replace_page(draft: Draft, key: str, old_blob: str, page: Page) -> None:
    """Put another image in the place of one (rotated)."""
    row = given(draft, key)
    _put(draft, row, pages=tuple(page if p.blob_id == old_blob else p for p in row.pages))


def delete_page(draft: Draft, key: str, at: int) -> None:
    """Take a page out; without pages the row is what it was without them."""
    row = given(draft, key)
    pages = row.pages[:at] + row.pages[at + 1 :]
    way = row.way if pages else "original_checked" if row.original_checked else "missing"
    _put(draft, row, pages=pages, way=way)


def move_page(draft: Draft, key: str, at: int, step: int) -> int:
    """Move a page; returns its new place."""
    pages = list(given(draft, key).pages)
    to = at + step
    if not (0 <= at < len(pages) and 0 <= to < len(pages)):
        return at
    pages[at], pages[to] = pages[to], pages[at]
    _put(draft, given(draft, key), pages=tuple(pages))
    return to


def sign(draft: Draft, method: str, page: Page, *, at: str, witness: str = "") -> None:
    """Keep the signature; whoever stands at the window signs."""
    draft.signature = Signature.model_validate(
        {
            "method": method,
            "signer": "agent" if draft.agent is not None else "applicant",
            "page": page.model_dump(),
            "signed_at": at,
            "witnesses": (witness,) if witness else (),
        }
    )


def set_witness(draft: Draft, name: str) -> None:
    """Name the other person who stood by; the clerk is the first."""
    if draft.signature is not None:
        clerk = draft.signature.witnesses[:1]
        draft.signature = draft.signature.model_copy(
            update={"witnesses": (*clerk, name.strip()) if name.strip() else clerk}
        )


def set_read_aloud(draft: Draft, *, on: bool) -> None:
    """Note that the content was read aloud and the person had no objection."""
    if draft.signature is not None:
        draft.signature = draft.signature.model_copy(update={"read_aloud": on})
