# SPDX-License-Identifier: MulanPSL-2.0
"""Enrolment (sync-protocol §12): a one-time code becomes an identity; the key is made here."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from counter.domain.errors import KnownError
from counter.domain.ids import uuid7
from counter.domain.signing import SignatureError, SigningKey, sign_json, verify_json
from counter.ports.keys import EnrolmentFacts, Hall
from sync.client.outcomes import DeviceRefused, LineError, OffsetWrong, Outcome, Refused
from sync.client.transport import Ask, Link, Transport
from sync.protocol.wire import CERT_TYP, ENROL_TYP, Certificate, EnrolReply, EnrolRequest

PATH = "/v1/enrol"
_TRIES = 3  # the same request again gives the same answer, so a lost reply costs nothing
_NOTHING = "本机还没有登记，也没有改动任何数据。"


@dataclass(frozen=True)
class Candidate:
    """What the device makes for itself before it asks; keep it to ask again after a cut."""

    device_id: str
    key: SigningKey

    @classmethod
    def new(cls) -> Candidate:
        """Make an id and an Ed25519 key."""
        return cls(uuid7(), SigningKey.generate(uuid7()))


def enrol(
    hub_url: str,
    code: str,
    device_name: str,
    *,
    candidate: Candidate | None = None,
    link: Link | None = None,
    ca_file: str = "",
) -> EnrolmentFacts:
    """Enrol this device and return what the centre said, with our key.

    Args:
        hub_url: Address of the centre (https, or http on this machine).
        code: One-time code from the administrator; spaces and hyphens do not matter.
        device_name: Words to recognise the device by at the centre.
        candidate: Identity made before, to ask again after a lost reply or to raise the epoch.
        link: The line's switch.
        ca_file: Certificates to trust besides the system's.

    Raises:
        KnownError: ``ENROL-URL``, ``ENROL-LINE``, ``ENROL-CODE``, ``ENROL-USED``, ``ENROL-REPLY``.
    """
    who = candidate or Candidate.new()
    try:
        transport = Transport(hub_url, who.key, link=link, ca_file=ca_file)
    except ValueError as error:
        raise _known("ENROL-URL", "中心地址不对，应以 https:// 开头。", "请核对地址。") from error
    reply = _ask(transport, _request(who, code.strip(), device_name))
    _check(reply, who)
    return EnrolmentFacts(
        device_id=who.device_id,
        key=who.key,
        certificate=reply.certificate,
        epoch=reply.epoch,
        hall=Hall(**reply.hall.model_dump()),
        centre_keys={key.kid: key.public_key for key in reply.centre_keys},
        seal_recipient=reply.seal_recipient,
        recovery_recipient=reply.recovery_recipient,
        hub_url=transport.base,
        server_time=reply.server_time,
    )


def _request(who: Candidate, code: str, device_name: str) -> EnrolRequest:
    proof = sign_json({"code": code, "device_id": who.device_id}, who.key, ENROL_TYP)
    try:
        return EnrolRequest(
            code=code,
            device_id=who.device_id,
            kid=who.key.kid,
            public_key=who.key.public_hex,
            device_name=device_name[:80],
            proof=proof,
        )
    except ValidationError as error:
        raise _known("ENROL-CODE", "登记码的长度不对。", "请核对后重新输入。") from error


def _ask(transport: Transport, request: EnrolRequest) -> EnrolReply:
    body = request.model_dump_json().encode()
    ask = Ask("POST", PATH, body, {"Content-Type": "application/json"}, signed=False)
    channel = transport.open()
    try:
        for left in range(_TRIES - 1, -1, -1):
            try:
                return EnrolReply.model_validate_json(channel.call(ask).body)
            except LineError as error:
                if left == 0 or not _worth_again(error.outcome):
                    raise _explained(error.outcome) from error
            except ValidationError as error:
                raise _not_the_centre() from error
    finally:
        channel.close()
    raise AssertionError


def _worth_again(outcome: Outcome) -> bool:
    return outcome.code in {"CUT", "TIMEOUT"}


def _explained(outcome: Outcome) -> KnownError:
    match outcome:
        case DeviceRefused():
            return _known("ENROL-CODE", "登记码不对或已过期。", "请核对，或请管理员换一个。")
        case OffsetWrong():
            return _known("ENROL-USED", "这个登记码已经用过。", "请管理员换一个登记码。")
        case Refused():
            return _known("ENROL-CODE", "中心没有接受这次登记。", "请核对登记码。")
        case _:
            return _known("ENROL-LINE", outcome.words, "接通网络后再试，登记码仍然有效。")


def _check(reply: EnrolReply, who: Candidate) -> None:
    """Believe only a certificate about our own key, signed by a key of the same reply."""
    for key in reply.centre_keys:
        try:
            payload = verify_json(reply.certificate, key.public_key, CERT_TYP)
            certificate = Certificate.model_validate(payload)
        except (SignatureError, ValidationError):
            continue
        mine = (who.device_id, who.key.kid, who.key.public_hex, reply.epoch, reply.hall.hall_code)
        theirs = (
            certificate.device_id,
            certificate.kid,
            certificate.public_key,
            certificate.epoch,
            certificate.hall_code,
        )
        if mine == theirs:
            return
    raise _not_the_centre()


def _not_the_centre() -> KnownError:
    return _known("ENROL-REPLY", "对方的回答不是中心应有的内容。", "请核对中心地址和网络。")


def _known(code: str, what: str, todo: str) -> KnownError:
    return KnownError(code=code, what=what, safe=_NOTHING, todo=todo)
