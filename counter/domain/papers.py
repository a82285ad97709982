# SPDX-License-Identifier: MulanPSL-2.0
"""Kinds of paper (文书) as data: which cases they belong to, who prints them, in which sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from counter.domain.case import CaseState

SheetSize = Literal["a4", "large", "roll"]
"""A4, A4 in large print (≥ 18 pt body, domain brief §3.6), 80 mm thermal roll."""

SIZE_WORDS: dict[SheetSize, str] = {"a4": "普通", "large": "大字", "roll": "热敏"}
"""What the choice of size is called on the screen and in the timeline."""

Role = Literal["guide", "clerk", "helper", "leader", "approver"]
Path = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]


class Closed(BaseModel):
    """Read-only; an unknown field is an author's error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(Closed):
    """A value that must be there before the paper may be printed, and the words if it is not."""

    value: Path = Field(description="内容的名字，例如 case.accepted_words；空着就不能打印")
    words: str = Field(min_length=4, description="不能打印时给窗口看的话")


class PaperKind(Closed):
    """One kind of paper, one entry of ``papers.json``."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")] = Field(
        description="文书代码，国家有的用国家的（REC、ACP、SUP…）"
    )
    title: str = Field(min_length=2, max_length=30, description="文书的标题")
    template: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.html$")] = Field(
        description="同一文件夹里的模板文件"
    )
    about: Literal["case", "list"] = Field(
        default="case", description="case：一份办件的文书；list：一批办件的清单"
    )
    proves: str = Field(default="", description="证明什么，一句话")
    copies: tuple[str, ...] = Field(min_length=1, description="一式几份，各给谁")
    signs: tuple[str, ...] = Field(default=(), description="谁签名或按指印，每人一格")
    seal: str = Field(default="", description="盖什么章；空着就没有盖章处")
    sizes: tuple[SheetSize, ...] = Field(default=("a4", "large"), min_length=1)
    states: tuple[CaseState, ...] = Field(
        default=(), description="办件在这些状态才可打印；空为不限"
    )
    states_words: str = Field(default="", description="状态不对时给窗口看的话")
    needs: tuple[Need, ...] = ()
    roles: tuple[Role, ...] = ("clerk", "helper", "leader", "approver")
    draft: bool = Field(default=False, description="草稿：纸上印明不是正式文书")
    main: bool = Field(default=False, description="办件页上直接列出，还不能打印时也列出并说明原因")
    qr: bool = Field(default=True, description="印不印凭证二维码")


@dataclass(frozen=True)
class Print:
    """One print of one paper. ``again`` is 0 for the first, else which 补打 this is."""

    code: str
    title: str
    size: SheetSize = "a4"
    again: int = 0


class PaperList(Closed):
    """The whole of ``papers.json``."""

    papers: tuple[PaperKind, ...] = Field(min_length=1)
