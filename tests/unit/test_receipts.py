# SPDX-License-Identifier: MulanPSL-2.0
"""Checking a printed receipt without network, as another counter or the citizen's hall would."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_L

from counter.domain.numbers import make_receipt_no
from counter.domain.signing import SigningKey, sign_json
from counter.infra.clock import SystemClock
from counter.ports.receipts import ReceiptClaim
from counter.receipt_cli import main
from counter.security.receipts import (
    CERT_TYP,
    RECEIPT_TYP,
    DeviceReceiptSigner,
    ReceiptToken,
    Trust,
    export_trust,
    verify_receipt,
)
from sync.protocol import wire
from tests.fakes.hall import CENTRE_KEY, DEVICE_ID, DEVICE_KEY, HALL, certificate

DAY = SystemClock().now().date()
NUMBER = make_receipt_no(HALL.hall_code, HALL.counter_no, DAY, 17, "ab" * 32)
CLAIM = ReceiptClaim(NUMBER, "高龄津贴", "2026-11-23T09:30:00+08:00", "0" * 64)
TRUST = Trust(centre_keys={CENTRE_KEY.kid: CENTRE_KEY.public_hex})


def token(claim: ReceiptClaim = CLAIM) -> str:
    return DeviceReceiptSigner(DEVICE_KEY, certificate())(claim)


def test_the_certificate_type_is_the_protocols() -> None:
    assert CERT_TYP == wire.CERT_TYP


def test_a_genuine_receipt_says_what_it_proves() -> None:
    check = verify_receipt(token(), TRUST)
    assert (check.verdict, check.code) == ("valid", "RCP-OK")
    assert any("不代表已经受理" in line for line in check.words)
    assert any(NUMBER in line for line in check.words)


def test_line_breaks_of_a_scanner_do_not_matter() -> None:
    text = token()
    assert verify_receipt(f" {text[:100]}\n{text[100:]}\n", TRUST).verdict == "valid"


def test_a_changed_receipt_is_not_valid() -> None:
    text = token()
    head, payload, signature = text.split(".")
    for forged in (
        f"{head}.{payload[:-2]}AA.{signature}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        text[:-40],
        "hello",
        "",
        "a.b.c",
    ):
        assert verify_receipt(forged, TRUST).verdict == "invalid"


def test_another_devices_key_or_counter_does_not_pass() -> None:
    thief = SigningKey.generate("thief")
    assert verify_receipt(DeviceReceiptSigner(thief, certificate())(CLAIM), TRUST).code == "RCP-SIG"
    other = make_receipt_no(HALL.hall_code, 4, DAY, 17, "ab" * 32)
    moved = ReceiptClaim(other, CLAIM.item, CLAIM.claimed_at, CLAIM.op_hash)
    assert verify_receipt(token(moved), TRUST).code == "RCP-PLACE"


def test_a_self_made_certificate_does_not_pass() -> None:
    fake = SigningKey.from_seed(CENTRE_KEY.kid, b"x" * 32)
    body = ReceiptToken.model_validate(
        {
            "receipt_no": NUMBER,
            "item": "高龄津贴",
            "claimed_at": CLAIM.claimed_at,
            "op_hash": CLAIM.op_hash,
            "kid": DEVICE_KEY.kid,
            "certificate": sign_json({"device_id": DEVICE_ID}, fake, CERT_TYP),
        }
    )
    forged = sign_json(body.model_dump(mode="json"), DEVICE_KEY, RECEIPT_TYP)
    assert verify_receipt(forged, TRUST).verdict == "invalid"


def test_an_unknown_centre_is_not_called_a_forgery() -> None:
    check = verify_receipt(token(), Trust(centre_keys={}))
    assert (check.verdict, check.code) == ("unknown", "RCP-ISSUER")


@pytest.mark.parametrize("revoked", [DEVICE_ID, DEVICE_KEY.kid])
def test_a_revoked_device_proves_nothing(revoked: str) -> None:
    trust = TRUST.model_copy(update={"revoked": {revoked: "2026-12-01T00:00:00+08:00"}})
    check = verify_receipt(token(), trust)
    assert (check.verdict, check.code) == ("invalid", "RCP-REVOKED")


def test_the_command_reads_text_file_and_picture(tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_bytes(export_trust(TRUST.centre_keys, {}, ""))
    said: list[str] = []
    text = tmp_path / "token.txt"
    text.write_text(token() + "\n", "ascii")
    picture = tmp_path / "receipt.png"
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, box_size=4)
    code.add_data(token())
    code.make(fit=True)
    out = io.BytesIO()
    code.make_image().save(out)
    picture.write_bytes(out.getvalue())
    for source in (token(), str(text), str(picture)):
        assert main([source, "--trust", str(trust)], said.append) == 0
    assert "这张收件凭证是真的。" in said
    assert main([token()[:-30], "--trust", str(trust)], said.append) == 1


def test_the_command_says_what_it_cannot_read(tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_bytes(export_trust(TRUST.centre_keys, {}, ""))
    said: list[str] = []
    blank = tmp_path / "blank.png"
    Image.new("L", (200, 200), 255).save(blank)
    (tmp_path / "x.bin").write_bytes(b"\0\1\2")
    for source in (str(blank), str(tmp_path / "x.bin"), str(tmp_path / "none")):
        assert main([source, "--trust", str(trust)], said.append) == 2
    assert main([token(), "--trust", str(tmp_path / "none.json")], said.append) == 2
    assert said[-1].endswith("（TRUST-NONE）")
