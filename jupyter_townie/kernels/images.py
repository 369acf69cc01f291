"""Images among outputs: how large they are, and making them smaller.  Pillow is imported when one must be shrunk."""

from __future__ import annotations

import base64
import binascii
import io
import struct

from jupyter_townie.protocol import Image

LONG_EDGE = 1568
"""Pixels; larger images are shrunk by the model's provider anyway (Anthropic's vision guide), only later and dearer."""
MAX_BYTES = 1_500_000
"""Of the encoded image, before base64: above it an image is made smaller whatever its dimensions."""
MAX_PIXELS = 80_000_000
"""Above it an image is not opened at all."""
MAX_REDRAWN = 16_000_000
"""The same for pictures that an app's page gives of itself."""
MIMES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What models accept."""


_PNG_END = b"IEND\xaeB`\x82"


class ImageRefused(ValueError):
    """It is not an image, or too large to open; the message says which."""


def png_size(data: str) -> tuple[int, int] | None:
    """Width and height of a base64 PNG, from its header alone; None when it is not a PNG."""
    try:
        header = base64.b64decode(data[:32], validate=False)
    except (binascii.Error, ValueError):
        return None
    if len(header) < 24 or header[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    width, height = struct.unpack(">II", header[16:24])
    return width, height


def _is_whole_png(data: str) -> bool:
    try:
        return _PNG_END in base64.b64decode(data, validate=True)[-64:]
    except (binascii.Error, ValueError):
        return False


def fitted(image: Image, long_edge: int = LONG_EDGE) -> Image:
    """``image`` itself when it is small enough, else a smaller PNG or JPEG of the whole of it.

    :raises ImageRefused: it cannot be decoded, or has more than :data:`MAX_PIXELS`.
    """
    data = "".join(image.data.split())
    size = png_size(data) if _is_whole_png(data) else None
    small = len(data) * 3 // 4 <= MAX_BYTES
    if small and size is not None and max(size) <= long_edge:
        return image if data == image.data else Image(mime=image.mime, data=data)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise ImageRefused(f"it has {size[0]:,} x {size[1]:,} pixels")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageRefused("its base64 is not valid") from error
    return _shrunk(Image(mime=image.mime, data=data), raw, long_edge)


def redrawn(data: str, long_edge: int) -> Image:
    """A picture that somebody else has made, decoded and encoded anew: nothing of its file but the pixels is kept.

    :param data: base64 of a PNG or JPEG, the only formats that are tried.
    :raises ImageRefused: it is none of these, or larger than 16 million pixels.
    """
    from PIL import Image as Pillow

    try:
        raw = base64.b64decode(data, validate=True)
        with Pillow.open(io.BytesIO(raw), formats=("PNG", "JPEG")) as opened:
            width, height = opened.size
            if width * height > MAX_REDRAWN:
                raise ImageRefused(f"it has {width:,} x {height:,} pixels")
            opened.load()
            photo = opened.format == "JPEG"
            whole = opened.convert("RGBA")
    except ImageRefused:
        raise
    except Exception as error:  # Pillow's decoders raise whatever their format makes them
        raise ImageRefused("it cannot be decoded") from error
    picture = Pillow.new("RGB", whole.size, "white")
    picture.paste(whole, mask=whole.getchannel("A"))
    picture.thumbnail((long_edge, long_edge))
    target = io.BytesIO()
    if not photo:
        picture.save(target, "PNG", optimize=True)
    if photo or target.tell() > MAX_BYTES:
        photo = True
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=85)
    data = base64.b64encode(target.getvalue()).decode("ascii")
    return Image(mime="image/jpeg" if photo else "image/png", data=data)


def _shrunk(image: Image, raw: bytes, long_edge: int) -> Image:
    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(raw)) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise ImageRefused(f"it has {width:,} x {height:,} pixels")
            opened.load()
            if max(width, height) <= long_edge and len(raw) <= MAX_BYTES:
                return image
            # A photograph stays JPEG; plots stay PNG, whose text survives.
            photo = opened.format == "JPEG"
            picture = opened.convert("RGB" if photo else "RGBA")
    except ImageRefused:
        raise
    except Exception as error:  # Pillow's decoders raise whatever their format makes them
        raise ImageRefused("it cannot be decoded") from error
    for edge in (long_edge, long_edge // 2, long_edge // 4):
        smaller = picture.copy()
        smaller.thumbnail((edge, edge))
        target = io.BytesIO()
        if photo:
            smaller.save(target, "JPEG", quality=85)
        else:
            smaller.save(target, "PNG", optimize=True)
        if target.tell() <= MAX_BYTES:
            break
    mime = "image/jpeg" if photo else "image/png"
    return Image(mime=mime, data=base64.b64encode(target.getvalue()).decode("ascii"))
