"""What a journal records, as values.

Nothing here depends on napari: an event holds what the pixels of the labels depend on, and no
path, no code, no pickled object.
"""

from __future__ import annotations

from dataclasses import dataclass

from napari_samwise.intensity.mapping import Intensity
from napari_samwise.journal.objects import (
    Change,
    CommittedPlane,
    FilledPlane,
    MaskPart,
    ObjectRow,
)
from napari_samwise.journal.recorded_plane import RecordedPlane
from napari_samwise.prompts import Prompts

Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """Which image was annotated.

    Parameters
    ----------
    name : str
        Of the file or layer, without a folder.
    shape : tuple of int
        Of the whole array, channels included.
    axes : str
        One letter per axis of it.
    dtype : str
        NumPy's name of its type.
    digest : str
        Hexadecimal digest of a bounded sample of the values, see ``identify``.
    """

    name: str
    shape: tuple[int, ...]
    axes: str
    dtype: str
    digest: str

    @property
    def rgb(self) -> bool:
        """Whether pixels have colours."""
        return "C" in self.axes and self.shape[self.axes.index("C")] > 1

    @property
    def spatial_shape(self) -> tuple[int, ...]:
        """The shape without the channel axis: that of the labels."""
        return tuple(n for n, name in zip(self.shape, self.axes, strict=True) if name != "C")


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: the image, and when the journal was begun, as ISO 8601 in UTC."""

    image: ImageIdentity
    created: str


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A model, by all that its features depend on.

    Parameters
    ----------
    name : str
        As ``load_model`` knows it; of a checkpoint of one's own the file's name without a folder.
    digest : str
        Of the weights.
    preprocessing : str
        Version of what is done before the network.
    precision : str
        In which the encoder computed, e.g. ``"float32"``.
    """

    name: str
    digest: str
    preprocessing: str
    precision: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A plane as one model saw it; decodings refer to it by its number.

    Parameters
    ----------
    number : int
        From 0, in the order in which they were first seen.
    plane : RecordedPlane
        The plane.
    model : ModelIdentity
        The model.
    intensity : Intensity
        The limits that were found.
    frame_px : int or None
        Side of the frames in which a large plane was encoded; None if it was encoded whole.
    rounded : bool
        Whether the features were rounded to the precision of the store on disk.
    """

    number: int
    plane: RecordedPlane
    model: ModelIdentity
    intensity: Intensity
    frame_px: int | None
    rounded: bool


@dataclass(frozen=True, slots=True)
class FedBack:
    """A candidate of an earlier decoding, whose logits were fed back."""

    decode: int
    candidate: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn mask to start from, in cells of ``step`` pixels: ``part.size`` counts cells."""

    part: MaskPart
    step: int


@dataclass(frozen=True, slots=True)
class Decode:
    """Prompts of one object on one plane, and what the decoder answered.

    Parameters
    ----------
    number : int
        From 0, counting decodings.
    frame : int
        Number of the frame.
    points : tuple of tuple of float
        (y, x) in pixels of the plane.
    labels : tuple of int
        1 include, 0 exclude.
    box : tuple of float or None
        (y0, x0, y1, x1).
    start : FedBack or Drawn or None
        The mask to start from.
    scores : tuple of float
        Predicted IoU of each candidate, best first.
    at_hand : tuple of tuple of int or None
        Of a large plane whose search was stopped: (level, row, column) of the frames that were
        encoded by then, to which the answer was restricted.
    """

    number: int
    frame: int
    points: tuple[Point, ...]
    labels: tuple[int, ...]
    box: tuple[float, float, float, float] | None
    start: FedBack | Drawn | None
    scores: tuple[float, ...]
    at_hand: tuple[tuple[int, int, int], ...] | None = None

    @property
    def prompts(self) -> Prompts:
        """The prompts, without the mask to start from.

        Raises
        ------
        PromptError
            If they are none.
        """
        return Prompts(points=self.points, labels=self.labels, box=self.box)


@dataclass(frozen=True, slots=True)
class Choose:
    """Another candidate of a decoding was chosen."""

    decode: int
    candidate: int


@dataclass(frozen=True, slots=True)
class DrawnShape:
    """A shape: its kind as in a Shapes layer, and its vertices in the data's coordinates."""

    kind: str
    vertices: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompts of the object in work, all of them, as one step of undo.

    Parameters
    ----------
    points : tuple of tuple of float
        In the data's coordinates, one for each axis.
    labels : tuple of int
        1 include, 0 exclude.
    axes : tuple of tuple of int
        The two axes of the plane in which each point was placed.
    shapes : tuple of DrawnShape
        Oldest first.
    """

    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    axes: tuple[tuple[int, int], ...] = ()
    shapes: tuple[DrawnShape, ...] = ()


@dataclass(frozen=True, slots=True)
class Clear:
    """All prompts of the object in work were removed; a step of undo."""


@dataclass(frozen=True, slots=True)
class Commit:
    """An object was kept; the object in work is empty after it. A step of undo.

    Parameters
    ----------
    object : ObjectRow
        What is listed of it.
    planes : tuple of CommittedPlane
        The planes that were decoded, each once, in the order in which they were written.
    filled : tuple of FilledPlane
        Further planes, written after those.
    """

    object: ObjectRow
    planes: tuple[CommittedPlane, ...]
    filled: tuple[FilledPlane, ...] = ()

    @property
    def id(self) -> int:
        """Its label."""
        return self.object.id

    @property
    def parts(self) -> tuple[tuple[MaskPart, ...], ...]:
        """The pixels that it got, plane by plane."""
        decoded = tuple(each.parts for each in self.planes)
        return decoded + tuple(each.parts for each in self.filled)


@dataclass(frozen=True, slots=True)
class Paint:
    """Pixels were changed otherwise, as by hand or by deleting an object. A step of undo.

    Parameters
    ----------
    changes : tuple of Change
        In the order in which they were made.
    objects : tuple of ObjectRow
        What is listed anew, or otherwise than before.
    removed : tuple of int
        Objects that are listed no more.
    into : int or None
        What becomes of the pixels that removed objects still have, as by another model they may:
        0 for background; None if they stay.
    name : str
        What was done.
    more : bool
        Whether the next event, if it is of this kind, belongs to the same step.
    """

    changes: tuple[Change, ...]
    objects: tuple[ObjectRow, ...] = ()
    removed: tuple[int, ...] = ()
    into: int | None = None
    name: str = "paint"
    more: bool = False


@dataclass(frozen=True, slots=True)
class Adopt:
    """Labels were taken over as they are; what was done before cannot be undone any more.

    Parameters
    ----------
    changes : tuple of Change
        What differs from the labels before.
    objects : tuple of ObjectRow
        All that is listed from now on.
    """

    changes: tuple[Change, ...]
    objects: tuple[ObjectRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """An object was protected from painting, or released."""

    id: int
    locked: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """The last step was taken back."""


@dataclass(frozen=True, slots=True)
class Redo:
    """The step that was taken back last was done again."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The last step was taken back, and cannot be done again."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The image was opened again and the work went on."""


Event = (
    Frame
    | Decode
    | Choose
    | Prompt
    | Clear
    | Commit
    | Paint
    | Adopt
    | Lock
    | Undo
    | Redo
    | Drop
    | Resume
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, with its line in the file and the seconds since the journal was begun."""

    line: int
    seconds: float
    event: Event
