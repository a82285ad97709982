# SPDX-License-Identifier: MulanPSL-2.0
"""Paper templates are data: a list of papers and Jinja2 files, rendered in a sandbox."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import ValidationError

from counter.app.papers.content import PaperContent
from counter.domain.errors import KnownError
from counter.domain.papers import PaperKind, PaperList

LIST = "papers.json"


def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """Return the sandbox the templates of a folder run in."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class PaperTemplates:
    """Loads and renders the templates of one folder. Thread-safe after construction."""

    def __init__(self, folder: Path) -> None:
        """Read the list of papers.

        Raises:
            KnownError: ``PAPER-LIST`` when the folder is damaged.
        """
        try:
            listed = PaperList.model_validate_json((folder / LIST).read_bytes())
        except (OSError, ValidationError) as error:
            raise KnownError(
                code="PAPER-LIST",
                what="文书模板读不出来。",
                safe="办件不受影响。",
                todo="请重新安装程序后再打印。",
            ) from error
        self.folder = folder
        self._kinds = {kind.code: kind for kind in listed.papers}
        self._env = environment(folder)

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

    def render(self, content: PaperContent) -> str:
        """Return the HTML of a paper.

        Raises:
            KnownError: ``PAPER-TEMPLATE`` if the template and its data do not fit.
        """
        values = {one.name: getattr(content, one.name) for one in dataclasses.fields(content)}
        try:
            return self._env.get_template(self.kind(content.code).template).render(values)
        except TemplateError as error:
            raise KnownError(
                code="PAPER-TEMPLATE",
                what="文书模板有错误，没有打印。",
                safe="办件已保存，不受影响。",
                todo="请联系维护人员检查模板：counter papers check。",
            ) from error


def sample(folder: Path) -> dict[str, object]:
    """Return the made-up values of ``sample.json``, for previews and tests; nobody in it exists.

    Raises:
        KnownError: ``PAPER-SAMPLE``.
    """
    try:
        values: dict[str, object] = json.loads((folder / "sample.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise KnownError(
            code="PAPER-SAMPLE", what="文书的示例数据读不出来。", safe="办件不受影响。"
        ) from error
    return values
