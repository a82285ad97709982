# SPDX-License-Identifier: MulanPSL-2.0
"""Masked forms of personal data for screens and papers (domain brief §9.4)."""

from __future__ import annotations

from counter.domain.names import MIDDLE_DOT, characters, normalise_name


def mask_name(name: str) -> str:
    """Mask a name: 王*兰, 王*, 马·阿*提; a single character is hidden altogether."""
    separator = MIDDLE_DOT if MIDDLE_DOT in normalise_name(name) else " "
    parts = [characters(part) for part in normalise_name(name).split(separator)]
    if len(parts) == 1:
        return _mask_part(parts[0], alone=True)
    first, *rest = parts
    return separator.join(
        [_mask_part(first, alone=len(first) > 1), *(_mask_part(p, alone=True) for p in rest)]
    )


def mask_id(number: str) -> str:
    """Mask a paper's number: 990***********0124; short numbers keep less, the shortest nothing."""
    if len(number) >= 15:
        return _keep(number, 3, 4)
    return _keep(number, 2, 2) if len(number) >= 8 else _keep(number, 1, 1)


def mask_phone(number: str) -> str:
    """Mask a phone number: 138****1234; shorter ones keep the last two digits."""
    return _keep(number, 3, 4) if len(number) >= 11 else _keep(number, 0, 2)


def mask_account(number: str) -> str:
    """Mask a bank or card account: only the last four digits stay."""
    return _keep(number, 0, 4)


def _mask_part(part: list[str], *, alone: bool) -> str:
    if len(part) < 2:
        return "*" if alone else "".join(part)
    if len(part) == 2:
        return f"{part[0]}*"
    return part[0] + "*" * (len(part) - 2) + part[-1]


def _keep(text: str, head: int, tail: int) -> str:
    """Hide the middle; when less than half would be hidden, hide everything."""
    hidden = len(text) - head - tail
    if hidden < max(1, head + tail) // 2 or hidden < 1:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]
