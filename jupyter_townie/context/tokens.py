"""How many tokens a text or an image is, fast and without a tokenizer: an estimate that errs on the high side.

Sources: Anthropic's glossary puts a token at about 3.5 English characters; its newer tokenizers make up to 35 % more of
the same text, and code is denser than prose, so 3 ASCII characters are counted as a token here.  Other scripts take
about one token for 2.5 bytes of UTF-8: a Chinese character, 3 bytes, is 1 to 2 tokens, a Cyrillic one, 2 bytes, is half
to one.
An image takes width x height / 750 tokens, by Anthropic's vision guide.
"""

from __future__ import annotations

from jupyter_townie.kernels.images import png_size
from jupyter_townie.protocol import Image

ASCII_PER_TOKEN = 3.0
BYTES_PER_TOKEN = 2.5
PIXELS_PER_TOKEN = 750
IMAGE_TOKENS = 1_600
"""For an image whose size is not known, and the most that one of 1,568 x 1,568 pixels or less is scaled to cost."""


def estimate_tokens(text: str) -> int:
    """Estimated tokens of ``text``; 0 for the empty text."""
    if text.isascii():
        return -int(-len(text) // ASCII_PER_TOKEN)
    plain = len(text.encode("ascii", "ignore"))
    other = len(text.encode("utf-8", "replace")) - plain
    return -int(-(plain / ASCII_PER_TOKEN + other / BYTES_PER_TOKEN) // 1)


def estimate_image_tokens(image: Image) -> int:
    """Estimated tokens of ``image``."""
    size = png_size(image.data)
    return IMAGE_TOKENS if size is None else max(1, size[0] * size[1] // PIXELS_PER_TOKEN)
