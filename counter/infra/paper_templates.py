# SPDX-License-Identifier: MulanPSL-2.0
"""Paper templates are data: a list of papers and one Jinja2 file each, rendered in a sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from counter.domain.errors import KnownError


@dataclass(frozen=True)
class PaperKind:
    """One kind of paper as declared in ``resources/documents/papers.json``."""

    code: str
    title: str
    template: str
    copies: tuple[str, ...]
    proves: str
    signature: bool


class PaperTemplates:
    """Loads and renders the templates of one folder. Thread-safe after construction."""

    def __init__(self, folder: Path) -> None:
        """Read the list of papers.

        Raises:
            KnownError: ``PAPER-LIST`` when the folder is damaged.
        """
        try:
            rows = json.loads((folder / "papers.json").read_text("utf-8"))["papers"]
            self._kinds = {
                row["code"]: PaperKind(**{**row, "copies": tuple(row["copies"])}) for row in rows
            }
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KnownError(
                code="PAPER-LIST",
                what="文书模板读不出来。",
                safe="办件不受影响。",
                todo="请重新安装程序后再打印。",
            ) from error
        self._env = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder, encoding="utf-8"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def kinds(self) -> tuple[PaperKind, ...]:
        """Return all papers, in the order of the file."""
        return tuple(self._kinds.values())

    def kind(self, code: str) -> PaperKind:
        """Return one paper's declaration.

        Raises:
            KnownError: ``PAPER-LIST`` if there is no such paper.
        """
        if code not in self._kinds:
            raise KnownError(code="PAPER-LIST", what="没有这种文书模板。", safe="办件不受影响。")
        return self._kinds[code]

    def render(self, code: str, context: dict[str, Any]) -> str:
        """Return the HTML of a paper.

        Raises:
            KnownError: ``PAPER-TEMPLATE`` if the template and its data do not fit.
        """
        try:
            return self._env.get_template(self.kind(code).template).render(context)
        except TemplateError as error:
            raise KnownError(
                code="PAPER-TEMPLATE",
                what="文书模板有错误，没有打印。",
                safe="办件已保存，不受影响。",
                todo="请联系维护人员检查模板。",
            ) from error
