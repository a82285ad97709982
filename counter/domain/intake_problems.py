# SPDX-License-Identifier: MulanPSL-2.0
"""What is wrong with the people of a draft and with their signature, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from counter.domain.ages import full_years, parse_day
from counter.domain.catalog import Item
from counter.domain.conditions import Facts
from counter.domain.draft import Draft, Signature, Step
from counter.domain.identity import check_document, check_mobile
from counter.domain.names import check_name
from counter.domain.people import Agent, Person
from counter.domain.problems import Problem, Severity
from counter.domain.verification import ATTESTORS

WITNESSES = 2
WEAK_TYPES = frozenset({"112", "113", "154", "990"})  # §4.5 ③: 临时身份证, 户口簿 … + 第二项
ADULT = 18  # 民法典 art. 17, 18: full capacity


@dataclass(frozen=True, slots=True)
class IntakeProblem:
    """One finding about a draft.

    Attributes:
        code: Stable code.
        text: A whole Chinese sentence for the clerk.
        step: Where to go to put it right.
        field: ``person.name``, a form field code, ``question.<key>``, ``material.<key>``,
            ``agent.relation``, ``signature``, or "".
        severity: ``error`` blocks 收件, ``warning`` does not.
    """

    code: str
    text: str
    step: Step
    field: str = ""
    severity: Severity = "error"


def people_problems(draft: Draft, item: Item, known: Facts) -> list[IntakeProblem]:
    """Return findings about applicant and agent."""
    today = date.fromisoformat(known["today"])
    who = "法定代表人（经营者）" if item.applicant_kind == "organisation" else "申请人"
    found = _one_person(draft.applicant, "person", who, today)
    verified = draft.applicant.verify_method != "none"
    if draft.agent is not None:
        found += _agent(draft.agent, draft.applicant, item, today)
        verified = verified or draft.agent.person.verify_method != "none"
    if not verified:
        found.append(_warn("PERSON-UNVERIFIED", "还没有核验来人的身份。", "person.verify_method"))
    return found


def _fingerprint(signed: Signature) -> list[IntakeProblem]:
    """People who cannot write: two staff, or one and a witness; the content read aloud (§9.3)."""
    found = []
    if len({name.strip() for name in signed.witnesses if name.strip()}) < WITNESSES:
        text = "按指印确认的，要有两人在场：两名工作人员，或一名工作人员和一名见证人，请填姓名。"
        found.append(IntakeProblem("SIGN-WITNESS", text, "review", "signature.witness"))
    if not signed.read_aloud:
        text = "按指印前要把内容念给本人听，念完请勾选「已宣读，本人无异议」。"
        found.append(IntakeProblem("SIGN-READ", text, "review", "signature.read_aloud"))
    return found


def signature_problems(draft: Draft, known: Facts) -> list[IntakeProblem]:
    """Return findings about the confirmation by signature or fingerprint."""
    signed = draft.signature
    if signed is None:
        return [IntakeProblem("SIGN-MISSING", "还没有签字或按指印确认。", "review", "signature")]
    found = []
    if signed.signer == "agent" and draft.agent is None:
        text = "签字人是代理人，但没有登记代理人，请重新签字。"
        found.append(IntakeProblem("SIGN-SIGNER", text, "review", "signature"))
    born = parse_day(draft.applicant.birth)
    child = born is not None and full_years(born, date.fromisoformat(known["today"])) < 8
    if child and signed.signer == "applicant":  # 民法典 art. 20: under 8 no capacity
        text = "申请人未满8周岁，要由监护人签字。"
        found.append(IntakeProblem("SIGN-CHILD", text, "review", "signature"))
    if signed.method == "finger":
        found += _fingerprint(signed)
    return found


def _warn(code: str, text: str, field: str) -> IntakeProblem:
    return IntakeProblem(code, text, "person", field, "warning")


def _stop(code: str, text: str, field: str) -> IntakeProblem:
    return IntakeProblem(code, text, "person", field)


def _from(found: Iterable[Problem], who: str, field: str) -> list[IntakeProblem]:
    return [IntakeProblem(p.code, f"{who}：{p.text}", "person", field, p.severity) for p in found]


def _one_person(person: Person, root: str, who: str, today: date) -> list[IntakeProblem]:
    found: list[IntakeProblem] = []
    if not person.name.strip():
        found.append(_stop("PERSON-NAME", f"请填写{who}的姓名。", f"{root}.name"))
    else:
        found += _from(check_name(person.name).problems, who, f"{root}.name")
    if not person.id_no.strip():
        found.append(_stop("PERSON-ID", f"请填写{who}的证件号码。", f"{root}.id_no"))
    else:
        checked = check_document(person.id_type, person.id_no, today)
        found += _from(checked.problems, who, f"{root}.id_no")
        birth = checked.id_check.birth if checked.id_check else None
        if birth and person.birth and birth.isoformat() != person.birth:
            text = f"{who}的出生日期与身份证号里的不一样，请对照证件核对。"
            found.append(_stop("PERSON-BIRTH-ID", text, f"{root}.birth"))
    found += _birth(person, root, who, today)
    ends = parse_day(person.id_valid_to)
    if ends and ends < today and not person.id_expired_reason.strip():
        text = f"{who}的证件已过期，请写明用什么办法核实了身份（例如上门核验）。"
        found.append(_stop("PERSON-EXPIRED", text, f"{root}.id_expired_reason"))
    if person.mobile.strip():
        found += _from(check_mobile(person.mobile).problems, who, f"{root}.mobile")
    elif not (person.no_phone_reason.strip() or person.contact_way):
        text = f"{who}没有留手机：请勾选「没有手机」，写明怎样联系。没有手机不影响办事。"
        found.append(_warn("PERSON-PHONE", text, f"{root}.phone"))
    return found + _proof(person, root, who) + _other_papers(person, root, who, today)


def _proof(person: Person, root: str, who: str) -> list[IntakeProblem]:
    """What the lower rungs of the ladder need besides the clerk's look (§4.5)."""
    named = [name for name in person.attested_by if name.strip()]
    if person.verify_method == "attested" and len(set(named)) < ATTESTORS:
        text = f"{who}的身份由他人证明的，要写明两个证明人，或村（居）委会和经办人。"
        return [_stop("PERSON-ATTEST", text, f"{root}.attested_by")]
    weak = person.verify_method == "other_document" and person.id_type in WEAK_TYPES
    if weak and not (person.second_fact.strip() or person.other_papers):
        text = f"{who}没有身份证，除了这份证件，请再核一样（另一份证件，或家庭成员、住址）。"
        return [_warn("PERSON-SECOND", text, f"{root}.second_fact")]
    return []


def _other_papers(person: Person, root: str, who: str, today: date) -> list[IntakeProblem]:
    found = []
    for paper in person.other_papers:
        checked = check_document(paper.id_type, paper.id_no, today)
        found += _from(checked.problems, who, f"{root}.other_papers")
    return found


def _birth(person: Person, root: str, who: str, today: date) -> list[IntakeProblem]:
    field = f"{root}.birth"
    if not person.birth:
        return [_stop("PERSON-BIRTH", f"请填写{who}的出生日期。", field)]
    born = parse_day(person.birth)
    if born is None:
        return [_stop("PERSON-BIRTH-BAD", f"{who}的出生日期不是真实的日期，请核对。", field)]
    if born > today:
        return [_stop("PERSON-BIRTH-FUTURE", f"{who}的出生日期在今天之后，请核对。", field)]
    return []


def _agent(agent: Agent, applicant: Person, item: Item, today: date) -> list[IntakeProblem]:
    found = []
    if item.agent_forbidden:
        reason = item.agent_forbidden_reason or "必须本人到场"
        text = f"这个事项不能代办：{reason}。来不了的可以预约上门。"
        found.append(_stop("AGENT-FORBIDDEN", text, "agent"))
    found += _one_person(agent.person, "agent", "代理人", today)
    if not agent.relation.strip():
        found.append(_stop("AGENT-RELATION", "请选择代理人和申请人的关系。", "agent.relation"))
    if agent.kind == "guardian" and not agent.evidence:
        text = "登记为监护人的，请选凭什么认定（户口簿、出生证、判决或村居指定）。"
        found.append(_stop("AGENT-EVIDENCE", text, "agent.evidence"))
    begins = parse_day(agent.valid_from)
    if begins and begins > today:
        text = "授权委托还没到开始的日子，请核对日期或重新办理委托。"
        found.append(_stop("AGENT-EARLY", text, "agent.valid_from"))
    if agent.items and item.item_code not in agent.items:
        text = "这份授权委托没有写上这个事项，请重新办理委托。"
        found.append(_stop("AGENT-SCOPE", text, "agent"))
    if "提交" not in agent.powers:
        text = "授权里没有「提交」这一项，代理人不能代交申请。"
        found.append(_stop("AGENT-POWER", text, "agent.powers"))
    ends = parse_day(agent.valid_to)
    if ends and ends < today:
        text = "授权委托已过期，请重新办理委托。"
        found.append(_stop("AGENT-EXPIRED", text, "agent.valid_to"))
    number = agent.person.id_no.strip().upper()
    if number and number == applicant.id_no.strip().upper():
        text = "代理人和申请人是同一个证件号码，请核对；本人来办不用填代理人。"
        found.append(_stop("AGENT-SAME", text, "agent.id_no"))
    born = parse_day(agent.person.birth)
    if born and born <= today and full_years(born, today) < ADULT:
        found.append(_stop("AGENT-MINOR", "代理人未满18周岁，不能代办。", "agent.birth"))
    return found
