# SPDX-License-Identifier: MulanPSL-2.0
"""Our codes in those of other platforms: complete, and what they have no word for is declared."""

from __future__ import annotations

import pytest

from counter.app.papers.words import ID_WORDS
from counter.domain.code_mapping import FILE, CodeMappings, check_mappings
from tests.unit.catalog_kit import FOLDER, catalog

SHIPPED = CodeMappings.model_validate_json((FOLDER / FILE).read_bytes())
LISTS = {"id_type": {"111": "居民身份证", "113": "户口簿"}}


def table(codes: dict[str, str], unmapped: tuple[str, ...] = (), name: str = "id_type") -> set[str]:
    made = {"title": "t", "list": name, "provenance": "p", "codes": codes, "unmapped": unmapped}
    read = CodeMappings.model_validate({"version": "1", "mappings": {"some": made}})
    return {fault.code for fault in check_mappings(read, LISTS)}


def test_the_shipped_tables_name_every_code() -> None:
    assert check_mappings(SHIPPED, catalog().code_lists) == []
    assert SHIPPED.mappings["rating_page_type"].theirs("111") == "10"
    assert SHIPPED.mappings["rating_page_type"].theirs("511") is None
    assert SHIPPED.mappings["exchange_page_type"].theirs("511") == "511"


def test_papers_have_a_word_for_every_kind() -> None:
    assert set(catalog().code_lists["id_type"]) - set(ID_WORDS) == {"990"}


@pytest.mark.parametrize(
    ("codes", "unmapped", "name", "found"),
    [
        ({"111": "10"}, ("113",), "id_type", set()),
        ({"111": "10"}, (), "id_type", {"MAP-MISSING"}),
        ({"111": "10", "113": "9"}, ("113",), "id_type", {"MAP-BOTH"}),
        ({"111": "10", "999": "9"}, ("113",), "id_type", {"MAP-CODE"}),
        ({"111": "10"}, ("113", "888"), "id_type", {"MAP-CODE"}),
        ({"111": "10"}, (), "none_such", {"MAP-LIST"}),
    ],
)
def test_faults_are_told(
    codes: dict[str, str], unmapped: tuple[str, ...], name: str, found: set[str]
) -> None:
    assert table(codes, unmapped, name) == found
