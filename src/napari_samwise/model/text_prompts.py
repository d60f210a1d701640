"""Prompts of text, which no network here reads."""

from __future__ import annotations

from napari_samwise.errors import PromptError
from napari_samwise.prompts import Prompts


def refuse_text(prompts: Prompts, name: str) -> None:
    """Refuse prompts that hold a text.

    Parameters
    ----------
    prompts : Prompts
        What was given.
    name : str
        Of the model.

    Raises
    ------
    PromptError
        If there is a text.
    """
    if prompts.text is not None:
        raise PromptError(
            f"The model {name!r} does not read text, got {prompts.text!r}; give a point, a box or "
            "a mask, or let segment_text choose by words among all objects."
        )
