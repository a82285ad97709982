# SPDX-License-Identifier: MulanPSL-2.0
"""The signed-in operator and what the session may do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from counter.domain.errors import NotAllowedError

CAPTURE_ROLES = frozenset({"clerk", "helper", "leader"})
CITIZEN = "citizen"
"""Role of a citizen's own surface; no operator ever has it."""


@dataclass(frozen=True)
class Session:
    """One sign-in. ``reading`` is false when the offline lease ran out: capture still works."""

    session_id: str
    operator_id: str
    name: str
    job_no: str
    roles: frozenset[str]
    authn: str  # online | offline
    signed_in_at: str
    lease_until: str
    reading: bool = True
    invite: str = ""  # of a citizen's surface: the one handling it may rate

    def for_citizen(self, invite: str) -> Session:
        """Return the session of the citizen's own surface beside this one.

        It can do nothing but what the invitation is for; the operator stays named as the one at
        whose window it happened.
        """
        return replace(
            self,
            session_id=f"{CITIZEN}-{invite}",
            roles=frozenset({CITIZEN}),
            reading=False,
            invite=invite,
        )

    def need(self, roles: frozenset[str], act: str) -> None:
        """Refuse an act that none of the session's roles may do.

        Raises:
            NotAllowedError: ``ROLE``.
        """
        if not roles & self.roles:
            raise NotAllowedError(code="ROLE", what=f"您的岗位不能「{act}」。", todo="请找值班长。")

    def need_reading(self) -> None:
        """Refuse to show kept cases once the offline lease ran out (design §6).

        Raises:
            NotAllowedError: ``LEASE``.
        """
        if not self.reading:
            raise NotAllowedError(
                code="LEASE",
                what="离线登录的有效期已过，暂时不能查看以前的办件。",
                safe="收件、保存和导出照常可用。",
                todo="请联网登录一次，或请值班长导入更新。",
            )
