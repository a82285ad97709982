# SPDX-License-Identifier: MulanPSL-2.0
"""Bad input of every kind that comes from outside: a clear answer, no crash, no hang, no loss.

Each target takes bytes that were good before ``spoil`` had them, and answers with one of the
errors it promises, or takes them. Anything else, or more than ``SLOW_S``, counts as a crash. After
all of it one operation must still go the whole way.
"""

from __future__ import annotations

import base64
import io
import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage
from pydantic import ValidationError

from counter.devices.images import normalise
from counter.domain import identity
from counter.domain.calendar import WorkCalendar
from counter.domain.errors import CounterError
from counter.domain.people import Person
from counter.infra.catalog_files import read_file
from sync.client.bundle import export
from sync.client.bundle_return import import_return
from sync.client.engine.push_form import Forms
from sync.client.outcomes import LineError
from sync.client.simulate import page_image
from sync.hub.centre import open_centre
from sync.hub.handlers import bundle, publish
from sync.hub.handlers import push as pushing
from sync.protocol import dictionaries
from sync.protocol.compression import CompressionError, compress, decompress
from sync.protocol.wire import PUSH_MAX_OPS, PushRequest
from tests.fakes.device import FakeDevice
from tests.fakes.hub import RunningHub, small_item
from tests.faults import properties
from tests.faults.counters import Site
from tests.faults.odd_ops import OddOps
from tests.faults.world import START, Template, World

SLOW_S = 10.0
LIMIT = 1024 * 1024
PUSH = PushRequest(device_id="d", epoch=1, ops=("a.b.c",))
ODD = (
    b"\x00",
    b"\xff\xfe",
    b"\\ud800",
    b"[" * 3000,
    b'{"a":' * 3000,
    b"9" * 400,
    b"-1",
    b"1e999",
    b"NaN",
    b"null",
    b"true",
    b'""',
    b"\xe2\x80\xae",
    b"../../etc",
    b"%00",
    b"A" * 70_000,
)
HEADERS = (
    "Upload-Offset",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Checksum",
    "Tus-Resumable",
    "Content-Type",
)
Target = Callable[[random.Random], None]


@dataclass
class Tally:
    """Counts, and what went wrong."""

    inputs: dict[str, int] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Return the counts for the summary."""
        return {
            "inputs": sum(self.inputs.values()),
            "by_target": self.inputs,
            "crashes": len(self.crashes),
            "lost": len(self.lost),
            "what": [*self.crashes, *self.lost][:30],
        }


def spoil(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to four things done to them."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        end = min(len(out), at + rng.choice((1, 2, 8, 64)))
        match rng.randrange(7):
            case 0 if at < len(out):
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                del out[at:end]
            case 2:
                out[at:at] = out[at:end]
            case 3:
                out[at:at] = rng.randbytes(rng.randrange(1, 20))
            case 4:
                del out[at:]
            case 5:
                out[at:end] = rng.choice(ODD)
            case _:
                out[at:at] = rng.choice(ODD)
    return bytes(out)


def spoil_json(value: Any, rng: random.Random) -> Any:
    """Return a JSON value with something in it replaced by another kind of thing."""
    odd: tuple[Any, ...] = (
        None,
        True,
        -1,
        10**30,
        1.5,
        "",
        "\x00",
        "x" * 5000,
        [],
        {},
        [[]],
        {"a": 1},
        "2026-13-45",
        "0001-01-01T00:00:00+14:00",
        2**53 - 1,
        "改天",
    )
    if isinstance(value, dict) and value and rng.random() < 0.85:
        name = rng.choice(sorted(value))
        changed = dict(value)
        if rng.random() < 0.1:
            del changed[name]
        else:
            changed[name] = spoil_json(value[name], rng)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        return [*value[:place], spoil_json(value[place], rng), *value[place + 1 :]]
    return rng.choice(odd)


def spoil_lines(data: bytes, rng: random.Random) -> bytes:
    """Return lines of which one that is JSON says something odd."""
    lines = data.split(b"\n")
    plain = [at for at, line in enumerate(lines) if line.startswith(b"{") and b"\t" not in line]
    if not plain:
        return spoil(data, rng)
    at = rng.choice(plain)
    lines[at] = json.dumps(spoil_json(json.loads(lines[at]), rng)).encode()
    return b"\n".join(lines)


class Garden:
    """What is spoilt, and who must bear it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Make a world with one bundle, a running hub, pictures and files."""
        self._folder = folder
        self.world = World(Template.make(folder / "template"), folder / "world", "fuzz")
        stack.callback(self.world.close)
        self._hub = stack.enter_context(RunningHub(folder / "hub"))
        self._device: FakeDevice = self._hub.new_device()
        self.site: Site = self.world.sites[0]
        self.site.keeper.settle()  # or every spoilt reply would be that of the check-in
        for _ in range(3):
            self.world.keep(self.site.receive(1))
        # A counter that signs two things under one number is held as a clone: not the one above.
        self._hostile = self.world.sites[1].receive(0)
        plain = open_centre(folder / "plain")
        stack.callback(plain.close)
        self._odd = OddOps(plain)
        (folder / "stick").mkdir()
        [self._path] = export(self.site.courier, folder / "stick").files
        self._sealed = self._path.read_bytes()
        seal = self.world.front.centre.keys.seal
        opened = io.BytesIO()
        pyrage.decrypt_io(io.BytesIO(self._sealed), opened, [seal])
        self._inner, self._recipient = opened.getvalue(), seal.to_public()
        self._page = page_image(random.Random(1), "page")
        self._item = small_item().model_dump(mode="json")
        self._dictionary = next(dictionaries.FOLDER.glob("*.zdict")).read_bytes()
        self._packed = compress(json.dumps(self._item).encode())

    def targets(self) -> dict[str, Target]:
        """Return every target by name."""
        return {
            "bundle": self.bundle,
            "return": self.answer,
            "operation": self.operation,
            "signed": self.signed,
            "result": self.result,
            "page": self.page,
            "compressed": self.compressed,
            "dictionary": self.dictionary,
            "tus": self.tus,
            "catalogue": self.catalogue,
            "calendar": self.calendar,
            "image": self.image,
            "card": self.card,
        }

    def bundle(self, rng: random.Random) -> None:
        """A damaged or hostile stick, outside or inside its seal."""
        path = self._folder / "bad.ycb"
        if rng.random() < 0.5:
            path.write_bytes(spoil(self._sealed, rng))
        else:
            path.write_bytes(pyrage.encrypt(spoil(self._inner, rng), [self._recipient]))
        with suppress(CounterError):
            bundle.import_bundle(self.world.front.centre, path)

    def answer(self, rng: random.Random) -> None:
        """What claims to be a return bundle."""
        path = self._folder / "bad.ycr"
        path.write_bytes(spoil(self._sealed, rng))
        with suppress(CounterError):
            import_return(self.site.courier, path)

    def operation(self, rng: random.Random) -> None:
        """An operation whose token was changed on its way."""
        token = spoil(self._hostile.jws.encode(), rng).decode("utf-8", "replace")
        pushing.receive(self.world.front.centre, token)

    def signed(self, rng: random.Random) -> None:
        """An operation with odd content and a good signature; what comes behind it goes on."""
        self._odd.play(rng, spoil_json)

    def result(self, rng: random.Random) -> None:
        """A push reply that was changed on its way."""
        self.world.keep(self.site.receive(0))
        lines = rng.random() < 0.5
        self.site.wire.garble = lambda body: spoil_lines(body, rng) if lines else spoil(body, rng)
        with suppress(LineError):
            self.site.push.step()
        self.site.wire.garble = None

    def page(self, rng: random.Random) -> None:
        """A page of the feed that was changed on its way."""
        self.site.wire.garble = lambda body: spoil(body, rng)
        with suppress(LineError):
            self.site.pull.step()
        self.site.wire.garble = None

    def compressed(self, rng: random.Random) -> None:
        """Compressed content that was changed."""
        with suppress(CompressionError):
            decompress(spoil(self._packed, rng), limit=LIMIT)

    def dictionary(self, rng: random.Random) -> None:
        """A dictionary damaged before it was published, or on its way in the feed."""
        bad = spoil(self._dictionary, rng)
        with suppress(CounterError):
            body = json.dumps(dictionaries.document(bad)).encode()
            publish.checked(dictionaries.KIND, "", spoil(body, rng) if rng.random() < 0.3 else body)
        text = spoil(base64.b64encode(bad), rng).decode("utf-8", "replace")
        form = Forms().best({"content": text if rng.random() < 0.5 else spoil_json([], rng)})
        assert decompress(form.body(PUSH), limit=LIMIT, dictionary=form.dictionary)

    def tus(self, rng: random.Random) -> None:
        """Headers of an upload with anything in them; the hub answers below 500."""
        good = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Offset": "0"}
        name = rng.choice(HEADERS)
        text = spoil(good.get(name, "sha256 AAAA").encode(), rng)[:300]
        value = "".join(chr(32 + byte % 95) for byte in text).strip()
        method, path = rng.choice(
            [("POST", "/v1/blobs"), ("PATCH", f"/v1/blobs/{value[:20].encode().hex() or '0'}")]
        )
        reply = self._device.request(method, path, b"hello", {**good, name: value})
        if reply.status_code >= 500:
            raise AssertionError(f"{method} answered {reply.status_code}")

    def catalogue(self, rng: random.Random) -> None:
        """An item file as an author may leave it."""
        path = self._folder / "item.json"
        if rng.random() < 0.5:
            path.write_bytes(spoil(json.dumps(self._item).encode(), rng))
        else:
            path.write_text(json.dumps(spoil_json(self._item, rng)), "utf-8")
        read_file(path).check()

    def calendar(self, rng: random.Random) -> None:
        """A list of holidays as an author may leave it."""
        good = {
            "version": "2026",
            "region": "CN",
            "covers": {"from": "2026-01-01", "to": "2026-12-31"},
            "days": {"2026-10-01": "holiday"},
        }
        data = json.dumps(spoil_json(good, rng)).encode()
        with suppress(CounterError):
            WorkCalendar.from_json(data if rng.random() < 0.5 else spoil(data, rng))

    def image(self, rng: random.Random) -> None:
        """A picture of a broken camera."""
        with suppress(CounterError):
            normalise(spoil(self._page, rng))

    def card(self, rng: random.Random) -> None:
        """What a broken reader hands over."""
        number = spoil(b"990123194603080124", rng).decode("utf-8", "replace")[:200]
        identity.check_id_number(number, START.date())
        identity.check_mobile(number)
        identity.check_uscc(number)
        with suppress(ValidationError):
            Person.model_validate({"name": number, "id_no": number, "birth": number, "sex": number})


def run(work: Path, *, inputs: int, seconds: float, seed: int) -> dict[str, Any]:
    """Feed ``inputs`` spoilt inputs in all, or until time is up."""
    rng = random.Random(f"{seed}-fuzz")
    end = time.monotonic() + seconds
    tally = Tally()
    work.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=work) as name, ExitStack() as stack:
        garden = Garden(Path(name), stack)
        targets = garden.targets()
        names = list(targets)
        done = 0
        while done < inputs and time.monotonic() < end and len(tally.crashes) < 20:
            target = names[done % len(names)]
            done += 1
            tally.inputs[target] = tally.inputs.get(target, 0) + 1
            _one(target, targets[target], f"{rng.getrandbits(48)}", tally)
        tally.lost += _still_whole(garden)
    shutil.rmtree(work, ignore_errors=True)
    return tally.figures()


def _one(name: str, target: Target, seed: str, tally: Tally) -> None:
    """The seed of a crash brings the same input back."""
    began = time.monotonic()
    try:
        target(random.Random(seed))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        tally.crashes.append(f"{name} {seed}: {type(error).__name__} {str(error)[:200]}")
    if time.monotonic() - began > SLOW_S:
        tally.crashes.append(f"{name} {seed}: took {time.monotonic() - began:.0f} s")


def _still_whole(garden: Garden) -> Iterator[str]:
    """Nothing was lost: every operation that was committed arrives once all is well."""
    site = garden.site
    for _ in range(60 + len(garden.world.made) // PUSH_MAX_OPS):
        site.clock.later(minutes=20)
        site.mono += 1200.0
        with suppress(LineError):
            site.push.step()
    now = properties.look(garden.world.front.centre)
    for op_id, made in garden.world.made.items():
        stored = now.ops.get(op_id)
        if stored is None or stored.status != "applied" or stored.op_hash != made.op_hash:
            yield f"{op_id} did not arrive"
