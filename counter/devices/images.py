# SPDX-License-Identifier: MulanPSL-2.0
"""Page images: refuse what cannot be read, bring the rest to what a narrow line can carry.

Target (sync-protocol §5): at most 300 KB a page, A4 legible at 200 dpi.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from counter.domain.errors import DomainError
from counter.ports.devices import CheckedPage

MAX_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 100_000_000
TARGET_BYTES = 300 * 1024
LONG_SIDE = 2339  # A4 (297 mm) at 200 dpi
SHORT_SIDE = 1654
LEAST_LONG_SIDE = 600
LEAST_SPREAD = 4.0  # standard deviation of grey; below it the page is blank, black or covered
MEDIA_TYPE = "image/jpeg"
_BEST, _LEAST = 82, 42  # JPEG quality; below the least a smaller picture reads better
_NEAR = 4  # a quality this near the best that fits is good enough
_SHRINK = 0.85
_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF")


def normalise(data: bytes) -> CheckedPage:
    """Return the page as it will be kept: upright, at most A4 at 200 dpi, at most 300 KB JPEG.

    A JPEG that already fits and needs no turning is kept byte for byte, so checking twice gives
    the same page. Metadata (place, device, thumbnail) are dropped with every re-encoding; an
    upright JPEG with metadata is re-encoded for that reason.

    Raises:
        DomainError: ``IMG-EMPTY``, ``IMG-HUGE``, ``IMG-PDF``, ``IMG-BAD``, ``IMG-SMALL``,
            ``IMG-BLANK``.
    """
    _refuse_by_head(data)
    image = _opened(data)
    if _fits(image, data):
        width, height = image.size
        _refuse_unreadable(image)
        return CheckedPage(data, MEDIA_TYPE, width, height)
    upright = _flat(ImageOps.exif_transpose(image))
    _refuse_unreadable(upright)
    upright.thumbnail(_box(upright), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _encoded(upright)


def _refuse_by_head(data: bytes) -> None:
    if not data:
        raise _bad("IMG-EMPTY", "这个文件是空的。", "请重新拍照或扫描。")
    if len(data) > MAX_BYTES:
        raise _bad("IMG-HUGE", "这个文件超过 40 MB，太大了。", "请调低扫描分辨率（200 dpi）再扫。")
    if data[:1024].lstrip().startswith(b"%PDF-"):
        raise _bad("IMG-PDF", "这里只收图片，还不能收 PDF。", "请直接拍照或扫描成图片。")


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise _huge()
            # JPEG decodes straight to a smaller size, which keeps memory and time down.
            image.draft(None, (2 * LONG_SIDE, 2 * LONG_SIDE))
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _huge() from error
    except UnidentifiedImageError as error:
        raise _bad("IMG-BAD", "这个文件不是图片，或格式不认识。", "请换成照片或扫描件。") from error
    # Pillow's decoders raise these for damaged data, each format its own.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:
        raise _bad("IMG-BAD", "这张图片损坏了，打不开。", "请重新拍照或扫描。") from error
    return image


def _fits(image: Image.Image, data: bytes) -> bool:
    return (
        image.format == "JPEG"
        and image.mode in {"L", "RGB"}
        and len(data) <= TARGET_BYTES
        and max(image.size) <= LONG_SIDE
        and min(image.size) <= SHORT_SIDE
        and not image.getexif()
    )


def _flat(image: Image.Image) -> Image.Image:
    """On white paper: a transparent scan must not turn black."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    return image.convert("L" if image.mode in {"1", "L", "I;16"} else "RGB")


def _refuse_unreadable(image: Image.Image) -> None:
    if max(image.size) < LEAST_LONG_SIDE:
        raise _bad("IMG-SMALL", "这张图片太小，字会看不清。", "请靠近一点重拍，或用 200 dpi 扫描。")
    small = image.convert("L").resize((256, 256), Image.Resampling.BOX)
    if ImageStat.Stat(small).stddev[0] < LEAST_SPREAD:
        raise _bad(
            "IMG-BLANK", "这一页几乎是空白或全黑。", "请检查是否放反、盖住了镜头，再拍一次。"
        )


def _box(image: Image.Image) -> tuple[int, int]:
    if image.width >= image.height:
        return (LONG_SIDE, SHORT_SIDE)
    return (SHORT_SIDE, LONG_SIDE)


def _encoded(image: Image.Image) -> CheckedPage:
    """Return the best quality that fits; if none does, that of a smaller picture."""
    while True:
        low, high = _LEAST, _BEST
        fitting = _jpeg(image, high)
        if len(fitting) > TARGET_BYTES:
            fitting = _jpeg(image, low)
            while len(fitting) <= TARGET_BYTES and high - low > _NEAR:
                middle = (low + high) // 2
                tried = _jpeg(image, middle)
                if len(tried) <= TARGET_BYTES:
                    low, fitting = middle, tried
                else:
                    high = middle
        if len(fitting) <= TARGET_BYTES:
            return CheckedPage(fitting, MEDIA_TYPE, image.width, image.height)
        size = (max(1, int(image.width * _SHRINK)), max(1, int(image.height * _SHRINK)))
        image = image.resize(size, Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, dpi=(200, 200))
    return out.getvalue()


def _huge() -> DomainError:
    return _bad("IMG-HUGE", "这张图片的像素太多了。", "请调低扫描分辨率（200 dpi）再扫。")


def _bad(code: str, what: str, todo: str) -> DomainError:
    return DomainError(
        code=code, what=what, safe="已扫的页都还在，这一页没有存。", todo=todo, field="page"
    )
