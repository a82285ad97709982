# SPDX-License-Identifier: MulanPSL-2.0
"""The field mapping as data: which column of which exchange table comes from where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from counter.domain.code_mapping import CodeMappings
from counter.domain.errors import KnownError
from sync.hub.storage.exchange_target import Kind, TargetColumn

SETTINGS = "exchange.json"
CODES = Path(__file__).resolve().parents[3] / "resources" / "catalog" / "mappings.json"
# Written by us into every row; a mapping must not name them.
OWN_COLUMNS = frozenset({"row_guid", "cd_operation", "cd_time", "cd_batch"})


class Strict(BaseModel):
    """A mapping is closed: an unknown word is its author's error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ColumnMap(Strict):
    """One column: the first path of ``from`` with a value, else ``value``, then translated.

    ``map`` names a table of ``mappings.json`` that puts our code into theirs. ``max`` counts
    characters. A value must be in the code list ``list`` when one is named.
    """

    column: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    label: str
    paths: tuple[str, ...] = Field(default=(), alias="from")
    value: str = ""
    type: Kind = "text"
    max: int = Field(default=0, ge=0)
    required: bool = False
    translate: dict[str, str] = Field(default_factory=dict)
    map: str = ""
    list: str = ""


class TableMap(Strict):
    """One table: a row per case, per event or per material; ``order`` is the upload order.

    A row is made when every path of ``requires`` has a value and each of ``where`` has one of
    the named values. Rows of other tables wait until the case's ``parent`` row is there.
    """

    table: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    order: int
    label: str
    each: Literal["case", "events", "materials"]
    parent: bool = False
    requires: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    columns: tuple[ColumnMap, ...] = Field(min_length=1)

    def target_columns(self) -> tuple[TargetColumn, ...]:
        """Return the columns as the target writes them, without our own four."""
        return tuple(TargetColumn(c.column, c.type, c.max, c.required) for c in self.columns)


class CodeList(Strict):
    """The allowed codes of a column and where they come from."""

    provenance: str
    codes: dict[str, str]


class Settings(Strict):
    """What holds for all tables."""

    version: str
    data_source: str
    provenance: str = ""
    lists: dict[str, CodeList]


class Mapping(Strict):
    """A whole mapping; ``tables`` are in upload order, ``codes`` by the name of the interface."""

    settings: Settings
    tables: tuple[TableMap, ...]
    codes: CodeMappings


def load(folder: Path, codes: Path = CODES) -> Mapping:
    """Read a mapping folder, and the tables that put our codes into theirs.

    Raises:
        KnownError: a file is missing or is no mapping; the message names file and place.
    """
    names = sorted(path.name for path in folder.glob("*.json") if path.name != SETTINGS)
    settings = _read(folder / SETTINGS, Settings)
    tables = [_read(folder / name, TableMap) for name in names]
    mapping = Mapping(
        settings=settings,
        tables=tuple(sorted(tables, key=lambda t: t.order)),
        codes=_read(codes, CodeMappings),
    )
    if faults := list(_faults(mapping)):
        raise _error(f"交换对照表有错：{'；'.join(faults)}。")
    return mapping


def _read(path: Path, model: type[Any]) -> Any:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _error(f"读不到交换对照表 {path.name}。") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _error(
            f"交换对照表 {path.name} 的 {where or '内容'} 不对：{first['msg']}。"
        ) from error


def _faults(mapping: Mapping) -> Iterator[str]:
    parents = [t for t in mapping.tables if t.parent]
    if len(parents) != 1 or mapping.tables[0] is not parents[0]:
        yield "要有且只有一张主表，排在最前"
    elif parents[0].each != "case":
        yield "主表每件一行"
    for table in mapping.tables:
        names = [c.column for c in table.columns]
        for name in {n for n in names if names.count(n) > 1 or n in OWN_COLUMNS}:
            yield f"{table.table}.{name} 重复或由程序填写"
        for column in table.columns:
            if column.list and column.list not in mapping.settings.lists:
                yield f"{table.table}.{column.column} 的代码表 {column.list} 不存在"
            if column.map and column.map not in mapping.codes.mappings:
                yield f"{table.table}.{column.column} 的对应表 {column.map} 不存在"


def _error(what: str) -> KnownError:
    return KnownError(
        code="EXCHANGE-MAP", what=what, safe="没有写出任何数据。", todo="请改好再试。"
    )
