"""What to do next, in one sentence."""

from __future__ import annotations

from collections.abc import Collection

from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.status import Mode

NO_IMAGE = "Open an image to begin: drop a file here, or take File → Open Sample → Samwise."
WAIT = "The mask comes as soon as this plane is encoded."
SEARCH = "This is a first look; the rest of the object is searched for."

_KEEP = "C keeps this mask, Tab shows another;"
_BY_CLICKS = f"{_KEEP} a further click corrects it."
_BY_SHAPES = f"{_KEEP} press + include to correct it by clicks."
_BEGIN = {
    Mode.INCLUDE: "Click on an object: its mask shows. Press C to keep it.",
    Mode.EXCLUDE: "There is no mask to take from yet: press T, then click on an object.",
    Mode.BOX: "Drag a box around an object: its mask shows. Press C to keep it.",
    Mode.LASSO: "Draw around an object: its mask shows. Press C to keep it.",
}
_CORRECT = {
    Mode.INCLUDE: _BY_CLICKS,
    Mode.EXCLUDE: _BY_CLICKS,
    Mode.BOX: _BY_SHAPES,
    Mode.LASSO: _BY_SHAPES,
}
_ELSEWHERE = "Press + include to go on: clicks and keys work in Samwise's layers only."
_PAINT = "Paint or erase objects here; press + include to go on clicking."
_CLICK_AGAIN = "Press + include to go on clicking."
_ENOUGH_TO_ADAPT, _MANY_PROMPTS = 12, 2.0


def next_step(mode: Mode, role: Role | None, *, has_mask: bool) -> str:
    """Say what to do next.

    Parameters
    ----------
    mode : Mode
        What a click does.
    role : Role or None
        That of the selected layer; None for a layer of the user's.
    has_mask : bool
        Whether there is a mask to keep.

    Returns
    -------
    str
        A sentence.
    """
    if role is None:
        return _ELSEWHERE
    if mode is not Mode.OTHER:
        return (_CORRECT if has_mask else _BEGIN)[mode]
    if has_mask:
        return f"C keeps this mask. {_CLICK_AGAIN}"
    return _PAINT if role is Role.OBJECTS else _CLICK_AGAIN


def covered(by: str, image: str) -> str:
    """Say that nothing can be seen of the annotated image, or of its masks."""
    return f"'{by}' covers '{image}': choose it under Image to annotate it, or hide it."


def suggest_adapting(objects: Collection[SegmentedObject]) -> str:
    """Say once, when a dozen objects took many prompts, that the model can learn from them.

    Parameters
    ----------
    objects : collection of SegmentedObject
        All that there are.

    Returns
    -------
    str
        A sentence; empty where there is no reason for it.
    """
    prompted = [each for each in objects if each.clicks]
    if len(prompted) != _ENOUGH_TO_ADAPT or len({each.model for each in prompted}) > 1:
        return ""
    mean = sum(each.clicks for each in prompted) / len(prompted)
    if mean < _MANY_PROMPTS:
        return ""
    return f"They took {mean:.1f} prompts each: Objects, Adapt lets the model learn from them."
