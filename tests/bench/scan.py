# SPDX-License-Identifier: MulanPSL-2.0
"""Bytes, seconds and legibility of one A4 page photographed by a document camera.

The photo is made, not kept: a page of 10 pt and 8 pt characters that are easily mistaken for
each other, with codes of small modules, laid askew on a table under uneven light, with sensor
noise, saved as a camera saves it. After ``normalise`` each character is cut out where the camera
geometry says it is and compared with all candidates; it counts as read when the right one wins.
"""

from __future__ import annotations

import io
import math
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import qrcode
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageStat

from counter.devices.images import TARGET_BYTES, normalise

DPI = 300  # the page is drawn finer than any photo of it
PAGE = (2480, 3508)  # A4 at DPI
# 未末 and their like: what tells them apart is a fraction of a stroke.
ALIKE = "未末土士己已巳人入日曰千干大太王玉甲申由田目自白百乌鸟兔免戊戌戍折拆治冶住往"
SIZES_PT = (10, 8)
REPEATS = 5
FINE = 4000  # width in pixels at which characters are compared
SHIFTS = (-2, 0, 2)
QR_TEXT = "7K2QM-03-261122-0017-X4K"
LEGIBLE = 0.98  # share of characters read; a reader has the sentence besides


@dataclass(frozen=True)
class Glyph:
    """A printed character: its place on the page in page pixels, and its size."""

    char: str
    x: int
    y: int
    px: int


def run() -> dict[str, Any]:
    """Measure the 12-megapixel page, and how cost grows with the megapixels."""
    page, glyphs = _page()
    curve = {str(mp): _measure(page, glyphs, mp) for mp in (3, 12, 48)}
    main = curve["12"]
    return {
        "bytes": main["bytes"],
        "seconds": main["seconds"],
        "legible": main["bytes"] <= TARGET_BYTES and main["read"] >= LEGIBLE and main["codes"] == 1,
        "goal_bytes": TARGET_BYTES,
        "goal_seconds": 1.0,
        "curve_megapixels": curve,
    }


def _measure(page: Image.Image, glyphs: list[Glyph], megapixels: int) -> dict[str, Any]:
    photo, place = photograph(page, megapixels)
    kept, times = normalise(photo), []
    for _ in range(REPEATS):
        began = time.perf_counter()
        normalise(photo)
        times.append(time.perf_counter() - began)
    image = Image.open(io.BytesIO(kept.data)).convert("L")
    # Compared at fractions of a pixel, as an eye does that sees a stroke between two pixels.
    fine = image.resize((FINE, round(image.height * FINE / image.width)), Image.Resampling.BICUBIC)
    read = [is_read(fine, place.scaled(FINE), glyph) for glyph in glyphs]
    return {
        "photo_bytes": len(photo),
        "bytes": len(kept.data),
        "pixels": f"{kept.width}×{kept.height}",
        "seconds": round(statistics.median(times), 3),
        "characters": len(read),
        "read": round(sum(read) / len(read), 4),
        "codes": sum(found.text == QR_TEXT for found in zxingcpp.read_barcodes(image)),
    }


def _font(px: int) -> ImageFont.FreeTypeFont:
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return ImageFont.truetype(str(folder / "NotoSerifSC-Regular.otf"), px)


def _page() -> tuple[Image.Image, list[Glyph]]:
    """Draw the page; the characters stand in rows, mixed, each at a known place."""
    page = Image.new("RGB", PAGE, (246, 244, 238))
    draw = ImageDraw.Draw(page)
    chance = random.Random(14)
    glyphs = []
    y = 260
    for points in SIZES_PT:
        px = round(points / 72 * DPI)
        font = _font(px)
        for _ in range(5):
            for column in range(28):
                glyph = Glyph(chance.choice(ALIKE), 200 + column * 74, y, px)
                draw.text((glyph.x, glyph.y), glyph.char, font=font, fill=(34, 34, 40))
                glyphs.append(glyph)
            y += px + 26
    seal = ImageDraw.Draw(page)
    seal.ellipse((1600, 2700, 2100, 3200), outline=(200, 30, 30), width=14)
    code = qrcode.QRCode(box_size=7, border=4)  # 0.6 mm a module
    code.add_data(QR_TEXT)
    page.paste(code.make_image().get_image().convert("RGB"), (240, 2800))
    return page, glyphs


@dataclass(frozen=True)
class Place:
    """Where the camera saw the page: turn in radians and page-to-picture scale about a centre."""

    turn: float
    scale: float
    centre: tuple[float, float]
    width: int

    def scaled(self, width: int) -> Place:
        """Return the place in the same picture brought to another width."""
        by = width / self.width
        return Place(self.turn, self.scale * by, (self.centre[0] * by, self.centre[1] * by), width)

    def of(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page lies in the picture."""
        dx, dy = (x - PAGE[0] / 2) * self.scale, (y - PAGE[1] / 2) * self.scale
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return self.centre[0] + dx * cos - dy * sin, self.centre[1] + dx * sin + dy * cos


def photograph(page: Image.Image, megapixels: int) -> tuple[bytes, Place]:
    """Return the photo as a camera's JPEG, portrait 3:4, the page filling nine tenths of it."""
    width = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    height = round(width * 4 / 3)
    turn = math.radians(1.4)
    scale = min(width * 0.92 / PAGE[0], height * 0.92 / PAGE[1])
    place = Place(turn, scale, (width / 2, height / 2), width)
    cos, sin = math.cos(turn) / scale, math.sin(turn) / scale
    # PIL wants the way back: from a point of the picture to the point of the page.
    back = (
        cos,
        sin,
        PAGE[0] / 2 - cos * width / 2 - sin * height / 2,
        -sin,
        cos,
        PAGE[1] / 2 + sin * width / 2 - cos * height / 2,
    )
    seen = page.filter(ImageFilter.GaussianBlur(0.35 / scale)).transform(
        (width, height),
        Image.Transform.AFFINE,
        back,
        Image.Resampling.BICUBIC,
        fillcolor=(108, 84, 62),
    )
    light = Image.linear_gradient("L").resize((width, height)).point(lambda v: 150 + v * 95 // 255)
    noise = Image.effect_noise((width, height), 14).convert("RGB")
    lit = ImageChops.multiply(seen, Image.merge("RGB", (light, light, light)))
    noisy = ImageChops.add(lit, noise, scale=1.0, offset=-128)
    out = io.BytesIO()
    noisy.save(out, "JPEG", quality=92)
    return out.getvalue(), place


def is_read(image: Image.Image, place: Place, glyph: Glyph) -> bool:
    """Return whether the character looks more like itself than like any other candidate."""
    scores = {char: _likeness(image, place, glyph, char) for char in ALIKE}
    return max(scores, key=lambda char: scores[char]) == glyph.char


def _likeness(image: Image.Image, place: Place, glyph: Glyph, char: str) -> float:
    """Return the correlation of the place with the character as printed there, -1 … 1."""
    half = round(glyph.px * place.scale * 0.75)
    cx, cy = place.of(glyph.x + glyph.px / 2, glyph.y + glyph.px * 0.72)
    box = (round(cx) - half, round(cy) - half, round(cx) + half, round(cy) + half)
    seen = image.crop(box)
    wanted = _template(char, glyph.px, place, half)
    return max(
        _correlation(ImageChops.offset(seen, dx, dy), wanted) for dx in SHIFTS for dy in SHIFTS
    )


_templates: dict[tuple[str, int, float, int], Image.Image] = {}


def _template(char: str, px: int, place: Place, half: int) -> Image.Image:
    key = (char, px, place.scale, half)
    if key not in _templates:
        side = round(2 * half / place.scale)
        fine = Image.new("L", (side, side), 240)
        corner = (side / 2 - px / 2, side / 2 - px * 0.72)
        ImageDraw.Draw(fine).text(corner, char, font=_font(px), fill=35)
        turned = fine.rotate(-math.degrees(place.turn), Image.Resampling.BICUBIC, fillcolor=240)
        _templates[key] = turned.resize((2 * half, 2 * half), Image.Resampling.LANCZOS)
    return _templates[key]


def _correlation(one: Image.Image, two: Image.Image) -> float:
    a, b = ImageStat.Stat(one), ImageStat.Stat(two)
    spread = a.stddev[0] * b.stddev[0]
    if not spread:
        return 0.0
    # Mean of the products: multiply() divides by 255.
    product = ImageStat.Stat(ImageChops.multiply(one, two)).mean[0] * 255
    return (product - a.mean[0] * b.mean[0]) / spread
