# SPDX-License-Identifier: MulanPSL-2.0
"""The service item (事项) as data: national fields, questions, form, materials, rules.

Field names follow the national exchange tables ``up_task_general_*`` (domain brief §2.3);
codes are opaque strings (§2.2). Conditions are CEL over the facts of ``intake.facts``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FieldCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
Cel = Annotated[str, Field(max_length=500)]
DayUnit = Literal["G", "Z", "H"]  # 工作日, 自然日, 小时
TaskState = Literal["在用", "暂停", "取消"]
STATE_WORDS: dict[TaskState, str] = {"在用": "", "暂停": "现在暂停办理", "取消": "已经取消"}
"""What is said of an item that cannot be taken now."""


class Strict(BaseModel):
    """Catalogue data are read-only and closed: an unknown field is an author's error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(Strict):
    """One answer of a deciding question."""

    key: Key
    label: str
    show_if: Cel = ""


class Question(Strict):
    """One deciding question (情形); ``show_if`` hides it where it does not matter.

    ``derive`` is a CEL expression giving the option key from the facts (age band, say), so that
    the clerk is not asked what is already known; the answer stays changeable.
    """

    key: Key
    text: str
    help: str = ""
    show_if: Cel = ""
    derive: Cel = ""
    options: tuple[Option, ...] = Field(min_length=2)


class Rule(Strict):
    """A condition (受理条件) that must be true, or else ``text`` is said at ``field``."""

    key: Key
    when: Cel
    text: str
    severity: Literal["error", "warning"] = "error"
    field: str = ""


class FormField(Strict):
    """One field; ``code`` is semantic, so the same fact is asked once across items."""

    code: FieldCode
    label: str
    type: Literal[
        "text",
        "number",
        "date",
        "month",
        "choice",
        "yes_no",
        "region",
        "account",
        "phone",
        "id_number",
        "textarea",
        "money",
    ] = "text"
    code_list: str = ""  # name of a code list in resources/catalog/dicts.json
    required: bool = False
    required_if: Cel = ""
    shown_if: Cel = ""
    source: Literal["typed", "id_card", "hukou", "previous", "platform"] = "typed"
    default: Cel = ""
    purpose: str = ""  # legal purpose (PIPL) in words
    hint: str = ""
    max_len: int = Field(default=200, ge=1, le=2000)
    pattern: str = ""
    pattern_hint: str = ""
    min: float | None = None
    max: float | None = None


class FormSection(Strict):
    """A titled group of fields."""

    key: Key
    title: str
    shown_if: Cel = ""
    fields: tuple[FormField, ...]


class Signers(Strict):
    """A paper that several people sign, each for themselves.

    Attributes:
        who: Who they are, in words (共同生活的成年家庭成员).
        count: CEL: how many they are in this case; empty where only the words are known.
    """

    who: str = Field(min_length=1)
    count: Cel = ""


class Material(Strict):
    """One row of the material list (材料).

    Attributes:
        cert_type_code: The electronic certificate that replaces the paper; further kinds that do
            as well stand in ``other_cert_types``.
        tolerable_if: Only in this situation may the paper come later; empty = in all of them.
        tolerate_beyond: Basis in law for a gap that ends after the promised time (急难先行救助).
        signers: The paper needs several signatures, so one on the pad does not do.
        is_proof: A 证明 in the sense of the list of proofs (证明事项清单).
        proof_basis: By what law this proof may be asked for at all; without one it may not be.
    """

    key: Key
    material_name: str
    material_type: Literal["原件", "复印件", "原件和复印件"] = "原件"
    material_format: Literal["1", "2", "3"] = "3"  # 纸质, 电子, 纸质和电子
    is_need: Literal["必要", "非必要", "容缺后补"] = "必要"
    needed_if: Cel = ""
    page_num: int = Field(default=1, ge=0)  # 份数
    page_format: str = "A4"
    source_type: Literal["10", "20", "99"] = "10"
    source_explain: str = ""
    by_law: str = ""
    accept_stand: str = ""
    fill_explain: str = ""
    cert_type_code: str = ""  # 电子证照类型
    other_cert_types: tuple[str, ...] = ()
    reusable: bool = False
    holder: Literal["applicant", "agent", "other"] = "applicant"  # whose paper it is
    validity_days: int = 0
    tolerable: bool = False  # 可容缺
    tolerable_if: Cel = ""
    tolerate_days: int = Field(default=0, ge=0)  # 工作日
    tolerate_beyond: str = ""
    promise_allowed: bool = False  # 可告知承诺
    promise_text: str = ""
    exempt_source: str = ""  # 免提交来源
    generated: bool = False  # 由系统打印, 本人签字
    signers: Signers | None = None
    is_proof: bool = False
    proof_basis: str = ""

    @property
    def cert_types(self) -> tuple[str, ...]:
        """Every kind of electronic certificate that replaces the paper."""
        return (self.cert_type_code, *self.other_cert_types) if self.cert_type_code else ()


class Fact(Strict):
    """One condition of an automatic decision, with the words that explain it.

    ``only_if`` leaves it out in other situations (who lends no account need not own it).
    """

    key: Key
    label: str
    when: Cel
    only_if: Cel = ""
    source: Literal["local", "platform"] = "local"
    max_age_days: int = 0


class AutoApprove(Strict):
    """秒批: decided at the centre; the counter shows only a 预判. A miss goes to a person.

    ``deciding_if`` names the situations the rule is made for; all others go to a person.
    """

    rule_id: str
    version: str
    deciding_if: Cel = ""
    all_of: tuple[Fact, ...] = Field(min_length=1)
    on_fail: Literal["人工"] = "人工"
    explain_text: str


class PromiseRule(Strict):
    """Another promised time in this situation.

    A promise is never longer than the law's limit. Where the law itself gives this situation a
    limit of its own (低保 特殊情形 45 个工作日), it stands in ``anticipate_day`` and
    ``anticipate_explain`` says by which rule.
    """

    when: Cel
    promise_day: int = Field(ge=0)
    promise_type: DayUnit = "G"
    anticipate_day: int | None = Field(default=None, ge=0)
    anticipate_type: DayUnit = "G"
    anticipate_explain: str = ""


class Cycle(Strict):
    """What has to be done again and again (资格认证, 年审): the source of due-lists for visits.

    Attributes:
        months: Months from one time to the next.
        basis: ``last_done`` counts from the last time, ``calendar`` from the window of the year.
        from_month: First month of the yearly window; with ``calendar`` only.
        to_month: Its last month.
        remind_days: Natural days before the end at which a visit is due.
        when: CEL over the case: whether it will recur at all; empty = always.
        text: What to say to the citizen.
    """

    months: int = Field(ge=1, le=120)
    basis: Literal["last_done", "calendar"] = "last_done"
    from_month: int = Field(default=1, ge=1, le=12)
    to_month: int = Field(default=12, ge=1, le=12)
    remind_days: int = Field(default=30, ge=0, le=365)
    when: Cel = ""
    text: str = Field(min_length=1)


class Fee(Strict):
    """A fee row."""

    fee_name: str
    fee_stand: str
    is_desc: bool = False
    fee_basis: str = ""


class Faq(Strict):
    """Question and answer for the guide."""

    question: str
    answer: str


class Item(Strict):
    """One service item as run by one office, one immutable version."""

    item_code: Key  # ours, stable across versions
    task_version: str
    task_name: str = Field(max_length=1000)
    short_name: str
    aliases: tuple[str, ...] = ()
    catalog_code: str = ""
    task_code: str = ""
    task_handle_item: str = ""
    local_catalog_code: str = ""
    local_task_code: str = ""
    task_type: Literal["01", "05", "07", "08", "09", "10", "20"]
    task_state: TaskState = "在用"
    use_level: Literal["1", "2", "3", "4", "5", "6", "7"]
    dept_name: str
    dept_code: str = ""
    dept_type: Literal["1", "2", "3", "9"] = "1"
    by_law: str
    server_type: tuple[Literal["1", "2", "3", "4", "5", "6"], ...] = ("1",)
    project_type: Literal["1", "2", "9"]  # 即办件, 承诺件, 其他
    accept_condition: str
    handle_flow: str
    special_procedure: str = ""
    licence_law: bool = False  # 行政许可法适用: 五日内一次告知, 逾期视为受理
    answer_day: int = 5  # 收件后须答复, 工作日
    anticipate_day: int = Field(ge=0)  # 法定
    anticipate_type: DayUnit = "G"
    anticipate_explain: str = ""
    promise_day: int = Field(ge=0)  # 承诺
    promise_type: DayUnit = "G"
    promise_explain: str = ""
    promise_rules: tuple[PromiseRule, ...] = ()
    is_fee: bool = False
    fees: tuple[Fee, ...] = ()
    handle_area: str = ""
    limit_scene_num: int = 1
    link_way: str
    supervise_way: str
    result_type: Literal["证照", "批文", "其他", "无"] = "其他"
    result_name: str = ""
    agent_forbidden: bool = False
    agent_forbidden_reason: str = ""
    offline_accept: bool = False
    applicant_kind: Literal["person", "organisation"] = "person"
    questions: tuple[Question, ...] = ()
    conditions: tuple[Rule, ...] = ()
    form: tuple[FormSection, ...]
    materials: tuple[Material, ...]
    auto_approve: AutoApprove | None = None
    cycle: Cycle | None = None
    duplicate_days: int = 30
    faqs: tuple[Faq, ...] = ()
    provenance: str = ""  # 来源与性质: 国家统一 / 本地示例


class CodeEntry(Strict):
    """One code of a list and what is shown for it."""

    code: str = Field(min_length=1, max_length=40)
    label: str = Field(min_length=1)


class CodeList(Strict):
    """A code list (字典) for fields of type ``choice``."""

    title: str
    provenance: str
    codes: tuple[CodeEntry, ...] = Field(min_length=1)


class Dicts(Strict):
    """All code lists of a catalogue version (``dicts.json``)."""

    version: str
    lists: dict[str, CodeList]

    def plain(self) -> dict[str, dict[str, str]]:
        """Return name of list → code → label, as ``intake`` wants it."""
        return {n: {c.code: c.label for c in one.codes} for n, one in self.lists.items()}
