# SPDX-License-Identifier: MulanPSL-2.0
"""The colours, sizes and fonts of the counter as declared data, and the contrast between them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Mode = Literal["light", "dark", "high_contrast"]
"""浅色, 深色, 高对比."""

MODES: tuple[Mode, ...] = get_args(Mode)

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
"""Folder of the data files, beside the packages both in a checkout and in the frozen program."""

_SPACES = ("xs", "s", "m", "l", "xl", "xxl")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What `tokens.json` says, untouched by mode or size.

    Attributes:
        colours: per mode, colour name to `#RRGGBB`.
        families: text font families in order of preference.
        mono: font families for numbers that are compared digit by digit.
        type_px: type role to pixels in 标准.
        space_px: `xs s m l xl xxl` to pixels.
        radius_px: corner radius.
        touch_px: smallest target in 标准.
        care_touch_px: smallest target in 关怀.
        care_factor: how much larger type is in 关怀.
    """

    colours: dict[Mode, dict[str, str]]
    families: tuple[str, ...]
    mono: tuple[str, ...]
    type_px: dict[str, int]
    space_px: dict[str, int]
    radius_px: int
    touch_px: int
    care_touch_px: int
    care_factor: float


@cache
def load_tokens() -> Tokens:
    """Read the token file once per process."""
    raw = json.loads((RESOURCES / "themes" / "tokens.json").read_text(encoding="utf-8"))
    kind = raw["type"]
    return Tokens(
        colours={mode: dict(raw[mode]) for mode in MODES},
        families=tuple(name for name in kind["family"] if name != "sans-serif"),
        mono=tuple(kind["mono"]),
        type_px=dict(kind["scale_px"]),
        space_px=dict(zip(_SPACES, raw["space_px"], strict=True)),
        radius_px=raw["radius_px"],
        touch_px=raw["touch_px"],
        care_touch_px=raw["care_touch_px"],
        care_factor=kind["care_factor"],
    )


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#RRGGBB` colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
