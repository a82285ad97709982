# SPDX-License-Identifier: MulanPSL-2.0
"""Page images: every bad one is said at once, every good one fits a narrow line."""

from __future__ import annotations

import io
import os
import zlib
from datetime import date

import pytest
from PIL import Image, ImageDraw, ImageStat

from counter.devices.images import LONG_SIDE, MAX_BYTES, TARGET_BYTES, normalise
from counter.devices.simulator import SimulatedCamera, SimulatedReader
from counter.domain.errors import DomainError
from counter.domain.identity import check_id_number
from counter.ports.devices import CardData, NoCard


def encoded(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def paper(width: int = 1654, height: int = 2339, mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for y in range(60, height, 40):
        draw.line((60, y, width - 90, y), fill="black", width=6)
    return image.convert(mode)


def noisy(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), os.urandom(width * height * 3))


def code(data: bytes) -> str:
    with pytest.raises(DomainError) as error:
        normalise(data)
    assert error.value.field == "page"
    return error.value.code


def bomb() -> bytes:
    """A small PNG that claims 50000 × 50000 pixels."""
    head = (50_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    chunks = b""
    for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")):
        crc = zlib.crc32(name + body).to_bytes(4, "big")
        chunks += len(body).to_bytes(4, "big") + name + body + crc
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "IMG-EMPTY"),
        (b"hello, not a picture", "IMG-BAD"),
        (b"%PDF-1.7 ...", "IMG-PDF"),
        (b"\0" * (MAX_BYTES + 1), "IMG-HUGE"),
        (bomb(), "IMG-HUGE"),
        (encoded(paper())[:20_000], "IMG-BAD"),
        (encoded(paper(300, 400)), "IMG-SMALL"),
        (encoded(Image.new("RGB", (1654, 2339), "white")), "IMG-BLANK"),
        (encoded(Image.new("L", (1654, 2339), 3)), "IMG-BLANK"),
    ],
    ids=["empty", "text", "pdf", "bytes", "bomb", "cut", "small", "white", "covered"],
)
def test_what_cannot_be_read_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "WEBP", "GIF"])
def test_other_formats_become_a_fitting_jpeg(form: str) -> None:
    page = normalise(encoded(paper(), form))
    assert page.media_type == "image/jpeg"
    assert len(page.data) <= TARGET_BYTES
    assert (page.width, page.height) == (1654, 2339)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK"])
def test_every_colour_mode_is_kept_readable(mode: str) -> None:
    form = "TIFF" if mode == "CMYK" else "PNG"
    page = normalise(encoded(paper(mode=mode), form))
    corner = Image.open(io.BytesIO(page.data)).convert("L").crop((10, 10, 30, 30))
    assert ImageStat.Stat(corner).mean[0] > 240  # white stays white


def test_the_worst_picture_fits_in_the_end() -> None:
    page = normalise(encoded(noisy(2600, 3600), "PNG"))
    assert len(page.data) <= TARGET_BYTES
    assert max(page.width, page.height) <= LONG_SIDE


def test_a_turned_photo_stands_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90°
    exif[0x010F] = "camera"
    page = normalise(encoded(paper(2339, 1654), exif=exif))
    assert page.height > page.width
    assert not Image.open(io.BytesIO(page.data)).getexif()


def test_checking_twice_gives_the_same_page() -> None:
    once = normalise(encoded(paper(2600, 3600), "PNG"))
    assert normalise(once.data) == once


def test_a_simulated_page_is_a_real_page() -> None:
    first, second = (SimulatedCamera().capture("身份证") for _ in range(2))
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert first != second  # two scans are never the same bytes
    page = normalise(first)
    assert len(page.data) <= TARGET_BYTES


def test_training_cards_are_fictional_and_valid() -> None:
    reader = SimulatedReader()
    for _ in range(4):
        card = reader.read()
        assert isinstance(card, CardData)
        assert card.simulated
        assert card.person.id_no.startswith("990123")
        assert check_id_number(card.person.id_no, date(2026, 11, 23)).ok
        assert card.person.name not in repr(card)
    reader.put(NoCard())
    assert isinstance(reader.read(), NoCard)
    assert isinstance(SimulatedReader(()).read(), NoCard)
