# SPDX-License-Identifier: MulanPSL-2.0
"""Who and what comes to the counter in the demo: fictional people of region 990123."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from counter.domain.people import Person

MOTHER_NAME = "王桂兰"
MOTHER_ID = "990123194603080124"
MOTHER_ADDRESS = "柳河镇前进村12号"
ACCOUNT = "6228480402564890018"
HOME_REGION = "990123100201"
DAUGHTER = Person(
    name="刘芳",
    name_on_card="刘芳",
    id_no="990123197205150020",
    sex="2",
    nation="01",
    birth="1972-05-15",
    address="柳河镇新街3号",
    id_valid_from="2016-05-15",
    id_valid_to="2036-05-15",
    issuer="某某县公安局",
)
_A4 = (1240, 1754)  # 150 dpi


def page_files(folder: Path) -> dict[str, list[Path]]:
    """Draw the papers the daughter brings, as JPEG files: material key → files."""
    folder.mkdir(parents=True, exist_ok=True)
    wish = {"id_card": ["id-front"], "hukou_book": ["hukou-1", "hukou-2"], "bank_card": ["card"]}
    return {key: [_draw(folder / f"{n}.jpg", n) for n in names] for key, names in wish.items()}


def _draw(path: Path, title: str) -> Path:
    page = Image.new("RGB", _A4, (250, 249, 244))
    draw = ImageDraw.Draw(page)
    draw.rectangle((90, 90, _A4[0] - 90, _A4[1] - 90), outline=(120, 120, 120), width=4)
    draw.text((140, 140), f"TRAINING {title.upper()}", fill=(30, 30, 30), font_size=64)
    for row in range(24):
        y = 320 + row * 54
        draw.line((140, y, _A4[0] - 140 - (row * 97) % 260, y), fill=(70, 70, 70), width=5)
    page.save(path, "JPEG", quality=88, dpi=(150, 150))
    return path
