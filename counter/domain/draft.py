# SPDX-License-Identifier: MulanPSL-2.0
"""The draft (草稿): everything typed so far, saved at every change, and where the clerk was."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from counter.domain.materials import GivenMaterial, Page
from counter.domain.people import Agent, Person

Step = Literal["person", "item", "situation", "form", "materials", "review", "receipt"]
STEPS: tuple[Step, ...] = (
    "person",
    "item",
    "situation",
    "form",
    "materials",
    "review",
    "receipt",
)


class Signature(BaseModel):
    """How the person confirmed: signature pad, fingerprint image, or a scanned signed page."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["pad", "finger", "paper"]
    signer: Literal["applicant", "agent"]
    page: Page
    signed_at: str
    witnesses: tuple[str, ...] = ()
    read_aloud: bool = False


class ThemeChoice(BaseModel):
    """一件事 of a draft: the theme and the chosen items, each pinned to its version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme_code: str
    theme_version: str
    items: dict[str, str] = Field(default_factory=dict)  # item code → version


class Draft(BaseModel):
    """State of one intake before 收件. Mutable in memory; persisted whole at each change."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    draft_id: str
    case_id: str  # UUIDv7, becomes the case's entity id, never rewritten
    operator_id: str
    started_at: str
    item_code: str = ""
    item_version: str = ""
    step: Step = "person"
    focus: str = ""  # field code or material key the clerk was at
    applicant: Person = Field(default_factory=Person)
    agent: Agent | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    form: dict[str, Any] = Field(default_factory=dict)
    form_sources: dict[str, str] = Field(default_factory=dict)
    materials: dict[str, GivenMaterial] = Field(default_factory=dict)
    signature: Signature | None = None
    duplicate_reason: str = ""
    queue_no: str = ""
    theme: ThemeChoice | None = None  # then item_code stays empty
    updated_at: str = ""

    @property
    def taken(self) -> str:
        """Return the code of the item or theme this intake is about; '' before the choice."""
        return self.theme.theme_code if self.theme else self.item_code
