# SPDX-License-Identifier: MulanPSL-2.0
"""Messages of YC-Sync 1, shared by both ends; field names are the contract (sync-protocol)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from counter.domain.case_life import CaseLife
from counter.domain.clocks import CaseClock
from counter.domain.operations import Frozen, Hex64
from counter.domain.theme_place import ThemePlace

PROTOCOL = 1
CERT_TYP = "yc-cert+jws"
RESULT_TYP = "yc-result+jws"
PING_TYP = "yc-ping+jws"
PAGE_TYP = "yc-page+jws"
CATALOG_TYP = "yc-catalog+jws"
BLOB_TYP = "yc-blob+jws"
PAGE_SIGNATURE_HEADER = "Centre-Signature"
PUSH_MAX_OPS = 50
PUSH_MAX_BYTES = 64 * 1024
HAVE_MAX_IDS = 500
BUNDLE_TYPE = "application/x-yc-bundle"
NDJSON = "application/x-ndjson"
PROBLEM_JSON = "application/problem+json"

MISSING_MAX = 200  # numbers of operations asked for again in one answer

Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A number that both ends can keep and every JSON reader reads alike (RFC 8259 §6)."""

Status = Literal["applied", "already", "held", "conflict", "rejected", "later"]


class EnrolRequest(Frozen):
    """One-time code and the key made on the device (§12). ``kid`` is a UUIDv7."""

    v: Literal[1] = 1
    code: str = Field(min_length=8, max_length=40)
    device_id: str
    kid: str
    public_key: Hex64
    device_name: str = Field(max_length=80)
    proof: str  # JWS by the device key over {"code", "device_id"}, typ yc-enrol+jws


ENROL_TYP = "yc-enrol+jws"


class CentreKey(Frozen):
    """A key of the centre that results and pages may be signed with."""

    kid: str
    public_key: Hex64


class HallInfo(Frozen):
    """The hall this counter stands in."""

    hall_code: Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{5}$")]
    name: str
    region: str
    counter_no: int = Field(ge=0, le=99)
    window_name: str
    phone: str
    supervise_phone: str
    address: str = ""
    training: bool = False


class EnrolReply(Frozen):
    """Everything a device needs to begin; ``certificate`` is a JWS by the centre (CERT_TYP)."""

    v: Literal[1] = 1
    certificate: str
    epoch: Count
    hall: HallInfo
    centre_keys: tuple[CentreKey, ...]
    seal_recipient: str  # age public key the journal and bundles are sealed to
    recovery_recipient: str  # age public key of the hall's recovery slot
    server_time: str


class Certificate(Frozen):
    """Payload of the device certificate."""

    device_id: str
    kid: str
    public_key: Hex64
    hall_code: str
    counter_no: int
    issued_at: str
    epoch: Count


class PingReply(Frozen):
    """``answer`` is a JWS (PING_TYP) over {"nonce", "server_time"}: proof it is the centre.

    An edge host whose outside line is down leaves it empty and signs the same itself (``edge``).
    """

    answer: str
    edge: str = ""
    certificate: str = ""


class PushRequest(Frozen):
    """Signed operations in ``seq`` order.

    ``head_seq`` is the highest number given in this epoch, 0 = not said: of a counter that is lost
    the centre then knows which numbers exist and never arrived.
    """

    v: Literal[1] = 1
    device_id: str
    epoch: int
    ops: tuple[str, ...] = Field(min_length=1, max_length=PUSH_MAX_OPS)
    head_seq: Count = 0


class OpResult(Frozen):
    """The centre's answer to one operation; travels only as JWS (RESULT_TYP).

    ``already`` stands for a stored ``applied``; a stored held, conflict or rejected comes again as
    it was. ``op_id`` is empty, and ``op_hash`` the SHA-256 of the token as sent, when the signature
    of the operation was not good: then nothing is stored under its id.
    """

    op_id: str
    op_hash: Hex64
    status: Status
    code: str = ""
    message: str = ""
    field: str = ""
    rev: Count = 0
    human_no: str = ""
    missing_blobs: tuple[Hex64, ...] = ()
    retry_after_s: float = 0
    centre_time: str = ""


class PushTail(Frozen):
    """Last line of the reply stream; its absence means the reply was cut."""

    ack_through_seq: Count
    missing_seq: tuple[Count, ...] = Field(default=(), max_length=MISSING_MAX)
    server_time: str
    policy: dict[str, Any] = Field(default_factory=dict)


class PushLine(Frozen):
    """One NDJSON line of the push reply: a signed result, or the tail.

    ``stored`` is the word of an edge host, which ``certificate`` names: it moves no operation.
    """

    result: str = ""
    stored: str = ""
    certificate: str = ""
    tail: PushTail | None = None


class BlobReceipt(Frozen):
    """Payload of BLOB_TYP: the centre holds this page, verified.

    Comes in the header ``Centre-Signature`` of the answer to an upload that is complete. It stands
    alone: whoever hands it on, a relay or an edge host, cannot make one up.
    """

    blob_id: Hex64
    size: int = Field(ge=1)


class HaveRequest(Frozen):
    """Which of these blobs does the centre hold, verified?"""

    blob_ids: tuple[Hex64, ...] = Field(max_length=HAVE_MAX_IDS)


class CheckIn(Frozen):
    """Where a device stands, told before it sends anything (§1): epoch, number and hash of its head.

    ``doubt``: operations of this epoch were held. ``nonce`` makes each question its own, for the
    answer is signed together with the hash of the question.
    """

    device_id: str
    epoch: Count
    seq: Count
    op_hash: Hex64
    doubt: bool = False
    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{8,128}$")


class CheckInReply(Frozen):
    """``ok``: go on, and send ``missing_seq`` again. Anything else: go on in ``epoch``.

    older = the device stands before what the centre has (a restored backup); forked = it gave
    numbers the centre has with another content (a copied disk); closed = that numbering was left;
    ahead = the centre itself was restored. ``certificate`` names the new epoch.
    """

    v: Literal[1] = 1
    verdict: Literal["ok", "older", "forked", "closed", "ahead"]
    epoch: Count
    certificate: str = ""
    seen_seq: Count = 0
    missing_seq: tuple[Count, ...] = Field(default=(), max_length=MISSING_MAX)
    server_time: str


class HaveReply(Frozen):
    """``bitmap``: one character 0/1 per asked id, in order."""

    bitmap: str


class RelayReply(Frozen):
    """A carried bundle was taken in; its answer, sealed to its device, may be fetched.

    ``sha256`` and ``size`` (bytes) are of the answer; ``ops`` counts operations by status.
    """

    v: Literal[1] = 1
    sha256: Hex64
    size: int = Field(ge=1)
    ops: dict[str, int] = Field(default_factory=dict)


class CatalogEntry(Frozen):
    """One document of a catalogue version and the hash of its canonical JSON."""

    kind: str
    name: str
    version: str
    sha256: str


class CatalogManifest(Frozen):
    """A catalogue version: everything that is in it. A counter takes it into use whole."""

    v: Literal[1] = 1
    version: str
    documents: tuple[CatalogEntry, ...]


class FeedRecord(Frozen):
    """One record of the change feed (§6). ``body`` is complete for put, RFC 7396 for patch.

    Bodies by kind: case = CaseView; operator = OperatorView; result = {"result": RESULT_TYP JWS},
    entity_id = op_id, rev counts how often the result was decided anew (a release of a held
    operation); numbers = NumberBlocks, entity_id = series; appeal, rating_task = Ticket; service,
    item, theme, dicts, hints, calendar = the document,
    entity_id = ``name@version``; dictionary = ``sync.protocol.dictionaries.document``, only the
    newest is fed; catalog =
    {"token": CATALOG_TYP JWS over CatalogManifest}, fed before the documents that are new in it.
    """

    change_no: Count
    action: Literal["put", "patch", "del", "leave", "reset"]
    scope: str
    kind: Literal[
        "case",
        "result",
        "item",
        "theme",
        "calendar",
        "dicts",
        "hints",
        "operator",
        "policy",
        "revocation",
        "numbers",
        "key",
        "material",
        "authorisation",
        "approval",
        "catalog",
        "identity",
        "service",
        "appeal",
        "rating_task",
        "refusal",
        "dictionary",
    ]
    entity_id: str
    rev: Count
    from_rev: Count = 0
    body: dict[str, Any] = Field(default_factory=dict)


class PullPage(Frozen):
    """A page and the cursor behind it; both are applied in one transaction.

    A cursor belongs to the set of scopes it was asked with; another set begins with "" (or gets
    410). Every put is complete, so an entity that changed often comes once, as it is now.
    ``checksums`` come with the last page, see ``counter.domain.checksum``.

    The body's SHA-256 is signed in the header ``Centre-Signature`` (PAGE_TYP over
    {"sha256", "cursor"}).
    """

    v: Literal[1] = 1
    records: tuple[FeedRecord, ...]
    cursor: str
    more: bool
    checksums: dict[str, str] = Field(default_factory=dict)
    server_time: str


class CaseEvent(Frozen):
    """One step of a case; ``at`` is its legal moment, ``arrived_at`` when the centre heard of it.

    ``place`` is the window it was done at, "" at the centre.
    """

    at: str
    what: str
    who: str = ""
    place: str = ""
    why: str = ""
    arrived_at: str = ""


class CaseLease(Frozen):
    """Whose work a case is (§7). ``fence`` is the revision at which that changed last.

    Work done without knowing of it is held, and until ``until`` work of any other counter too.
    ``device_id`` '' = given back.
    """

    device_id: str = ""
    window: str = ""
    fence: int = Field(ge=1)
    until: str = ""


class CaseView(Frozen):
    """Body of a feed record of kind ``case``: the centre's row.

    ``life`` is what later moves build on; ``clocks`` run as of this revision (``promise_date`` is
    the day of promise); ``deemed_on`` is the first day on which the law holds the case accepted.
    """

    case_id: str
    receipt_no: str
    project_no: str
    item_code: str
    item_version: str
    applicant_name: str
    state: str
    accept_no: str = ""
    received_at: str = ""
    accepted_at: str = ""
    promise_date: str = ""
    decided_at: str = ""
    reason: str = ""
    decided_by: str = ""
    automatic: bool = False
    explain: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    events: tuple[CaseEvent, ...] = ()
    possible_duplicate_of: tuple[str, ...] = ()
    person_key: str = ""  # of the applicant, so that another counter sees a repeated case
    life: CaseLife = Field(default_factory=CaseLife)
    clocks: tuple[CaseClock, ...] = ()
    deemed_on: str = ""
    theme: ThemePlace | None = None
    lease: CaseLease | None = None


class OperatorView(Frozen):
    """Body of a feed record of kind ``operator``."""

    operator_id: str
    name: str
    job_no: str
    roles: tuple[str, ...]
    active: bool = True


class Problem(Frozen):
    """RFC 9457 problem; a whole-request error changes no operation."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = ""
    retry_after_s: float = 0
