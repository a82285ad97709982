# SPDX-License-Identifier: MulanPSL-2.0
"""Simulated card reader and camera for training and tests: fictional people of region 990123."""

from __future__ import annotations

import io
import itertools
import random
import threading
from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from counter.domain.people import Person
from counter.ports.devices import CardData, DeviceError, DeviceStatus, NoCard

_ISSUER = "某某县公安局"
_WIDTH, _HEIGHT = 1240, 1754  # A4 at 150 dpi


def _person(name: str, id_no: str, address: str, valid_to: str = "长期") -> Person:
    return Person(
        name=name,
        name_on_card=name,
        id_no=id_no,
        sex="1" if int(id_no[16]) % 2 else "2",
        nation="01",
        birth=f"{id_no[6:10]}-{id_no[10:12]}-{id_no[12:14]}",
        address=address,
        id_valid_from="2016-05-01",
        id_valid_to=valid_to,
        issuer=_ISSUER,
        verify_method="card_chip",
    )


# Nobody real: region 990123 is not assigned (domain brief §4.1).
TRAINING_PEOPLE: tuple[Person, ...] = (
    _person("王桂兰", "990123194603080124", "某某省某某县某某镇前进村12号"),
    _person("李建国", "990123195111200032", "某某省某某县某某镇前进村27号"),
    _person("陈志强", "990123198506150010", "某某省某某县某某镇新街3号", "2036-05-01"),
    _person("陈小雨", "990123201809010044", "某某省某某县某某镇新街3号", "2029-05-01"),
)


class SimulatedReader:
    """``CardReader`` that lays one training card after the other on the reader. Thread-safe."""

    def __init__(self, people: Iterable[Person] = TRAINING_PEOPLE) -> None:
        """Take the cards in turn, over and over; without cards there is never one."""
        self._cards = itertools.cycle(people)
        self._lock = threading.Lock()
        self._next: CardData | NoCard | DeviceError | None = None

    def status(self) -> DeviceStatus:
        """Say plainly that it is a simulation."""
        return DeviceStatus("simulated", "读卡器（模拟）")

    def put(self, answer: CardData | NoCard | DeviceError) -> None:
        """Decide what the next read finds."""
        with self._lock:
            self._next = answer

    def read(self) -> CardData | NoCard | DeviceError:
        """Return the next training card."""
        with self._lock:
            if self._next is not None:
                answer, self._next = self._next, None
                return answer
            person = next(self._cards, None)
        if person is None:
            return NoCard()
        return CardData(person.model_copy(), photo=_portrait(person.id_no), simulated=True)


class SimulatedCamera:
    """``Camera`` that draws a real JPEG of a paper with the material's name. Thread-safe."""

    def status(self) -> DeviceStatus:
        """Say plainly that it is a simulation."""
        return DeviceStatus("simulated", "高拍仪（模拟）")

    def capture(self, title: str) -> bytes | DeviceError:
        """Return a page with the title, lines, a stamp and the grain of paper."""
        grain = random.Random()  # noqa: S311 - paper grain, not a secret
        page = Image.new("RGB", (_WIDTH, _HEIGHT), (250, 249, 244))
        draw = ImageDraw.Draw(page)
        draw.text((120, 120), title, fill=(30, 30, 30), font=_font(64))
        draw.text((120, 220), "训练用模拟扫描件", fill=(150, 30, 30), font=_font(36))
        for row in range(22):
            y = 340 + row * 56
            draw.line((120, y, _WIDTH - 120 - grain.randrange(300), y), fill=(90, 90, 90), width=5)
        draw.ellipse((820, 1330, 1060, 1570), outline=(190, 40, 40), width=10)
        for _ in range(1500):
            spot = (grain.randrange(_WIDTH), grain.randrange(_HEIGHT))
            draw.point(spot, fill=(215, 212, 205))
        out = io.BytesIO()
        page.save(out, "JPEG", quality=80, dpi=(150, 150))
        return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font that comes with the program: a page full of empty boxes would train nobody."""
    return ImageFont.truetype(str(sans_path()), size)


def _portrait(seed: str) -> bytes:
    """A grey silhouette in the size of the card's photo (102 × 126)."""
    tone = 140 + int(seed[-4:-1]) % 60
    picture = Image.new("RGB", (102, 126), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((31, 22, 71, 70), fill=(tone, tone, tone))
    draw.ellipse((12, 74, 90, 170), fill=(tone, tone, tone))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
