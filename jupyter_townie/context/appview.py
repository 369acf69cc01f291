"""What an app shows at this moment, as a part of a request."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_townie.context.budget import Piece, Reduction, Stage
from jupyter_townie.context.notebook import LEFT_OUT, Form, Shown
from jupyter_townie.context.tokens import estimate_image_tokens
from jupyter_townie.kernels.printed import head_and_tail
from jupyter_townie.protocol import Image

SHORT_TREE = 4_000
"""Characters that stay of a tree when room is short."""


@dataclass(frozen=True)
class AppView:
    """A picture of an app, and its page as text; generated code can have forged both."""

    path: str
    """Its folder."""
    title: str
    tree: str
    image: Image | None = None
    note: str = ""
    """Why there is no picture."""


def entries(view: AppView, boundary: str) -> list[Shown]:
    """The picture first, whole or not at all, then the tree, which may become shorter."""
    found = []
    if view.image is not None:
        seen = Form(f"--{boundary} what a person sees of it now: image")
        piece = Piece(estimate_image_tokens(view.image) + seen.tokens, 0, (Reduction(Stage.IMAGE, 0),))
        found.append(Shown("image", view.path, (seen, LEFT_OUT), piece, view.image))
    if view.tree:
        header = f"--{boundary} its page, as assistive technology is told of it"
        forms = [Form(header, view.tree)]
        if len(view.tree) > SHORT_TREE:
            forms.append(Form(header, head_and_tail(view.tree, SHORT_TREE)))
        reductions = tuple(Reduction(Stage.OWN_OUTPUT, form.tokens) for form in forms[1:])
        found.append(Shown("output", view.path, tuple(forms), Piece(forms[0].tokens, 0, reductions)))
    return found
