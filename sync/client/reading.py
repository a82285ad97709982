# SPDX-License-Identifier: MulanPSL-2.0
"""Turns library errors and HTTP statuses into outcomes with plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ssl import SSLCertVerificationError as _Unproved
from typing import Protocol

from pydantic import ValidationError

from sync.client import outcomes
from sync.client.outcomes import Cut, LineError, Outcome
from sync.protocol import edge, errors
from sync.protocol.compression import CompressionError, Unpacker
from sync.protocol.dictionaries import DICT_ID_HEADER, Dictionary
from sync.protocol.wire import Problem

_CLOCK_HINTS = ("not yet valid", "has expired", "certificate expired")
# X509_V_ERR_… of OpenSSL, as the ssl module hands them on.
_EARLY, _EXPIRED = 9, 10
_NAMES = frozenset({62, 64})
_ISSUERS = frozenset({2, 18, 19, 20, 21})
_DNS_HINTS = ("Name or service not known", "getaddrinfo failed")
_TLS = frozenset({"SSLCertVerificationError", "SSLError"})
_PROXY = frozenset({"ProxyError", "InvalidProxyURL", "ProxySchemeUnknown", "InvalidSchema"})
# The first row with a name of the error's chain wins.
_BY_NAME: tuple[tuple[frozenset[str], Outcome], ...] = (
    (
        frozenset({"NameResolutionError", "gaierror"}),
        outcomes.Dns("找不到中心的地址，网络可能没有接通：请检查网线，能上网就请管理员查 DNS。"),
    ),
    (
        frozenset({"ReadTimeout", "ReadTimeoutError", "ConnectTimeout", "TimeoutError"}),
        outcomes.TimedOut("中心没有及时回应，会自动再试。"),
    ),
    (
        frozenset({"ConnectionRefusedError"}),
        outcomes.Down("网络通，但中心的服务没有开着，会自动再试；一直这样请报告管理员。"),
    ),
    (
        frozenset(
            {
                "ProtocolError",
                "IncompleteRead",
                "RemoteDisconnected",
                "ConnectionResetError",
                "BrokenPipeError",
                "ChunkedEncodingError",
                "ConnectionAbortedError",
            }
        ),
        outcomes.Cut("网络中断了，会自动接着传。"),
    ),
)
_PORTAL_WORDS = "网络被认证页面或代理拦住了，请先完成上网认证。"


def outcome_of_error(error: BaseException) -> Outcome:
    """Return what an exception of the HTTP library means; its text is never shown or logged."""
    names = {type(each).__name__ for each in _chain(error)}
    text = " ".join(str(each) for each in _chain(error))
    if names & _TLS:
        return _tls(error, text)
    if names & _PROXY:
        return _proxy(text)
    if any(hint in text for hint in _DNS_HINTS):
        return _BY_NAME[0][1]
    found = (outcome for kinds, outcome in _BY_NAME if names & kinds)
    return next(found, outcomes.Offline("连不上中心，请检查网线和网络。"))


def _tls(error: BaseException, text: str) -> Outcome:
    """Tell apart what is wrong with a certificate: each is another person's to mend."""
    code = next(
        (getattr(e, "verify_code", 0) for e in _chain(error) if isinstance(e, _Unproved)), 0
    )
    if code == _EXPIRED:
        words = "中心的证书已过期，或者本机日期不对：先看电脑的日期和时间，日期对就请管理员换证书。"
        return outcomes.TlsClock(words, detail="TLS-EXPIRED")
    if code == _EARLY or any(hint in text for hint in _CLOCK_HINTS):
        return outcomes.TlsClock("中心的证书和本机时间对不上，请检查电脑的日期和时间。")
    if code in _NAMES:
        words = "对方的证书不是给这个中心地址的，没有发送任何内容。请管理员核对中心地址和证书。"
        return outcomes.TlsBad(words, detail="TLS-NAME")
    if code in _ISSUERS:
        words = "签发中心证书的机构本机不认识，没有发送任何内容。请管理员把它装进本机系统。"
        return outcomes.TlsBad(words, detail="TLS-ISSUER")
    return outcomes.TlsBad("中心的证书不可信，没有发送任何内容。请报告管理员。")


def _proxy(text: str) -> Outcome:
    """The proxy itself is the trouble; what it said is only its number."""
    if "407" in text:
        words = "代理服务器要账号密码，请管理员在设置里填好代理地址，或改为不用代理。"
        return outcomes.Proxy(words, detail="PROXY-AUTH")
    if "Tunnel connection failed" in text:
        words = "代理服务器不让连中心，请管理员放行中心的地址，或改为不用代理。"
        return outcomes.Proxy(words, detail="PROXY-DENIED")
    return outcomes.Proxy("代理服务器连不上，请管理员核对设置里的代理，或改为不用代理。")


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error with what it wraps: causes, contexts and exception arguments."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue and len(found) < 20:
        each = queue.pop(0)
        if isinstance(each, BaseException) and all(each is not f for f in found):
            found.append(each)
            queue += [each.__cause__, each.__context__, *each.args, getattr(each, "reason", None)]
    return found


def outcome_of_status(
    status: int, headers: Mapping[str, str], problem_body: bytes | None
) -> Outcome:
    """Return what a status other than the expected ones means.

    Args:
        status: HTTP status.
        headers: Lower-case names.
        problem_body: Body when it was problem+json, else ``None``: then it may be anybody's.
    """
    problem = _problem(problem_body)
    code = problem.code if problem else ""
    wait = _retry_after(headers, problem)
    if status in {429, 502, 503, 504}:
        return outcomes.ServerBusy("中心正忙，稍后再传。", wait, code)
    if status == 460:
        return outcomes.ChecksumWrong("传到中心的内容不完整，将重传。", wait, code)
    # An answer to HEAD has no body: its type alone says that it is the centre's.
    if "tus-resumable" in headers or problem is not None or problem_body == b"":
        return _centre_says(status, code, wait)
    if status >= 500:
        return outcomes.ServerBusy("中心暂时不能服务，稍后再传。", wait, code)
    return outcomes.Portal(_PORTAL_WORDS, detail=f"S{status}")


_BY_STATUS: dict[int, tuple[type[Outcome], str]] = {
    401: (outcomes.DeviceRefused, "中心不认本机的身份，请管理员重新登记本机。"),
    403: (
        outcomes.DeviceRefused,
        "中心已停用本机，不再向本机下发数据；本机已收的办件仍会交中心留存核对。请联系管理员。",
    ),
    404: (outcomes.Gone, "中心没有这一项，将重新开始。"),
    409: (outcomes.OffsetWrong, "中心收到的长度不同，将核对后续传。"),
    410: (outcomes.Gone, "中心已清理这一项，将重新开始。"),
    413: (outcomes.TooLarge, "一次传得太多，将减少每次的数量。"),
    423: (outcomes.ServerBusy, "中心正在处理这一项，稍后再传。"),
    415: (outcomes.BadDictionary, "中心不认这种压缩，将换一种再传。"),
}


def _centre_says(status: int, code: str, wait: float) -> Outcome:
    if code == errors.EPOCH_AHEAD:
        return outcomes.EpochOld("本机的编号和中心的登记对不上，正在自动换新编号。", wait, code)
    if code == errors.STALE:
        # Like a broken line: the next thing is a signed ping, and it tells the centre's time.
        return outcomes.Cut("本机时间和中心相差太大，正在按中心的时间核对。", wait, code)
    if code == errors.REPLAYED:
        return outcomes.ServerBusy("中心收到了重复的请求，将再试。", wait, code)
    if code == edge.NO_ROOM:
        words = "本厅主机的磁盘满了，没有再存；本机的都还在，外线通了会送到中心。请告诉管理员。"
        return outcomes.ServerBusy(words, wait, code)
    kind, words = _BY_STATUS.get(status, (outcomes.Refused, "中心没有接收这次请求。"))
    if status >= 500:
        kind, words = outcomes.ServerBusy, "中心暂时不能服务，稍后再传。"
    return kind(words, wait, code)


def _problem(body: bytes | None) -> Problem | None:
    if body is None:
        return None
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return None


def _retry_after(headers: Mapping[str, str], problem: Problem | None) -> float:
    """Return the wish in seconds; the date form is ignored, this clock may be wrong."""
    text = headers.get("retry-after", "").strip()
    wish = float(text) if text.isdigit() else 0.0
    return max(wish, problem.retry_after_s if problem else 0.0)


class Body(Protocol):
    """A body as it arrives."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        ...

    def close(self) -> None:
        """Read no more of it."""
        ...


def unpacked(
    body: Body, headers: Mapping[str, str], offered: Dictionary | None, limit: int
) -> Iterator[bytes]:
    """Yield the content of a body as it arrives, whether it is compressed or not.

    Args:
        body: As it travels.
        headers: Of the answer, names in lower case.
        offered: The dictionary the other end may have used.
        limit: Bytes of content; more ends the reading.

    Raises:
        LineError: damaged; what was yielded before counts.
    """
    if headers.get("content-encoding", "identity") != "zstd":
        yield from body
        return
    name = headers.get(DICT_ID_HEADER.lower(), "")
    dictionary = offered if offered is not None and offered.dict_id == name else None
    unpacker = Unpacker(limit, dictionary)
    try:
        for piece in body:
            yield from unpacker.feed(piece)
    except CompressionError as error:
        body.close()
        raise LineError(Cut("收到的内容已损坏，将重新接收。", detail="ZSTD")) from error
