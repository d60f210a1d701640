"""What tracking may be told."""

from __future__ import annotations

from dataclasses import dataclass

from napari_samwise.errors import InputError
from napari_samwise.whole_numbers import check_whole


@dataclass(frozen=True, slots=True)
class TrackingOptions:
    """How objects are carried and linked.

    Parameters
    ----------
    divisions : bool
        Whether a mother may become two daughters, which get ids of their own.
    backward : bool
        Whether objects are carried also to the frames before the one they start on.
    new_objects : bool
        Whether everything mode looks on each frame for objects that nobody has named.
    max_move : float, optional
        In pixels (in units of ``scale`` where one is given), how far an object may move from one
        frame to the next, when labels are linked beyond what most objects move alike; by default
        1.5 times its own diameter.
    max_gap : int
        For so many frames an object may be unseen before it is given up.
    least_score : float
        0 to 1; on a frame where nothing reaches this score an object is unseen. The score is
        predicted IoU x overlap with the moved last mask x likeness of area and grey values.
    least_daughter_frames : int
        A division of which a daughter vanishes in the midst of the movie after fewer frames is
        taken back.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    divisions: bool = True
    backward: bool = False
    new_objects: bool = False
    max_move: float | None = None
    max_gap: int = 1
    least_score: float = 0.2
    least_daughter_frames: int = 2

    def __post_init__(self) -> None:
        if self.max_move is not None and not 0 < self.max_move < float("inf"):
            raise InputError(f"max_move must be more than 0 pixels, got {self.max_move}.")
        check_whole("max_gap", self.max_gap, 0)
        if not 0 <= self.least_score <= 1:
            raise InputError(f"least_score must lie between 0 and 1, got {self.least_score}.")
        check_whole("least_daughter_frames", self.least_daughter_frames, 1)

    def reach(self, diameter: float, frames: int = 1) -> float:
        """Return how far an object of this diameter may move within some frames."""
        step = 1.5 * diameter if self.max_move is None else self.max_move
        return step * frames
