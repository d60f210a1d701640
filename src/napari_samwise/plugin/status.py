"""What the panel shows, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from napari_samwise.errors import InputError
from napari_samwise.geometry.lattice import Frame as Part
from napari_samwise.intensity.mapping import Intensity
from napari_samwise.plugin.activity import Activity
from napari_samwise.plugin.frame import Encoded
from napari_samwise.plugin.segmented_object import SegmentedObject


class Mode(StrEnum):
    """What a click on the canvas does."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    BOX = "box"
    LASSO = "lasso"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which candidate is shown: its number from 1 on, how many there are, its predicted IoU."""

    number: int
    count: int
    predicted_iou: float

    def __str__(self) -> str:
        """Return the text of the panel."""
        return f"{self.number} of {self.count}, predicted IoU {self.predicted_iou:.2f}"


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the panel.

    Parameters
    ----------
    sentence : str
        What just happened, what is wrong, or what to do next.
    is_error : bool
        Whether the sentence tells of something that went wrong.
    model : str
        Name of the model in use.
    detail : str
        Model, device, precision and times.
    seen : str
        What the encoder sees as black and white.
    activity : Activity
        What the encoding thread does.
    choice : Choice, optional
        The candidate on the displayed plane.
    mode : Mode
        What a click does.
    next_id : int
        The label that a commit would give.
    can_step : bool
        Whether Tab on the canvas shows another candidate.
    can_commit, can_clear, can_undo, can_redo : bool
        Which of the buttons would do something.
    objects_note : str
        Where the objects are kept, if not in memory.
    """

    sentence: str = ""
    is_error: bool = False
    model: str = ""
    detail: str = ""
    seen: str = ""
    activity: Activity = field(default_factory=Activity)
    choice: Choice | None = None
    mode: Mode = Mode.OTHER
    next_id: int = 1
    can_step: bool = False
    can_commit: bool = False
    can_clear: bool = False
    can_undo: bool = False
    can_redo: bool = False
    objects_note: str = ""


def describe_times(encoded: Encoded | None, decode_seconds: float | None) -> str:
    """Say by what and how fast the displayed plane was encoded and the last mask decoded."""
    if encoded is None:
        return ""
    parts = [encoded.frame.model, f"{encoded.device}, {encoded.model.precision}"]
    if encoded.part_px:
        parts.append(f"in frames of {encoded.part_px} px")
    else:
        parts.append(f"encoded in {_duration(encoded.seconds)}")
    if decode_seconds is not None:
        parts.append(f"mask in {_duration(decode_seconds)}")
    return " · ".join(parts)


def describe_part(part: Part) -> str:
    """Say which part of a large plane is being encoded."""
    (y, x), (height, width) = part.roi.offset, part.roi.shape
    scale = f", shrunk {part.step} times" if part.step > 1 else ""
    return f"Encoding {height} x {width} px at ({y}, {x}){scale}."


def describe_intensity(intensity: Intensity) -> str:
    """Say which values the encoder sees as black and white."""
    if not intensity.low:
        return "Each plane from its darkest to its brightest value."
    pairs = zip(intensity.low, intensity.high, strict=True)
    limits = ", ".join(f"{low:.4g} to {high:.4g}" for low, high in dict.fromkeys(pairs))
    return f"Black to white: {limits}."


def describe_unwritten(error: InputError | OSError) -> str:
    """Say why labels were not changed, and what to do."""
    if isinstance(error, InputError):
        return str(error)
    return f"The labels cannot be written ({error}), and are as before; make room and try again."


def describe_kept(done: SegmentedObject, taken: int) -> str:
    """Say what was kept, and why it is little if most of its mask was taken already."""
    said = f"Object {done.id}: {done.area} px, predicted IoU {done.predicted_iou:.2f}"
    return f"{said}; the rest of it is taken by earlier ones." if taken > done.area else f"{said}."


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
