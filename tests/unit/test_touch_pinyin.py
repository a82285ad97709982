# SPDX-License-Identifier: MulanPSL-2.0
"""The character table of the keys on the citizen's screen."""

from __future__ import annotations

from counter.infra.touch_pinyin import candidates, syllables


def test_every_common_character_can_be_spelt() -> None:
    common = {
        character
        for high in range(0xB0, 0xD8)
        for low in range(0xA1, 0xFF)
        for character in bytes([high, low]).decode("gb2312", errors="ignore")
    }
    assert common == {character for one in syllables().values() for character in one}
    assert all(one.isascii() and one.isalpha() for one in syllables())


def test_a_whole_syllable_comes_before_longer_ones() -> None:
    assert candidates("") == candidates("ii") == ""
    exact = syllables()["xi"]
    assert candidates("xi").startswith(exact)
    assert "想" in candidates("xi")[len(exact) :]
