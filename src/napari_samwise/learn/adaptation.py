"""How a model is adapted, and what came of it, as values."""

from __future__ import annotations

from dataclasses import dataclass

from napari_samwise.errors import InputError
from napari_samwise.weights.adapted import AdaptedWeights
from napari_samwise.whole_numbers import check_whole

_LEAST_GAIN = 0.005
_LEAST_STEPS = 60


@dataclass(frozen=True, slots=True)
class AdaptOptions:
    """How to adapt.

    Parameters
    ----------
    steps : int, optional
        Steps of the optimiser; by default 60, or for more than 120 objects half of their number.
    prompts : int
        Objects that are prompted in a step.
    learning_rate : float, optional
        Of AdamW, by default what suits the model; it rises over ten steps and falls to zero over
        the last three fifths.
    box : float
        Share of prompts that begin with a box; the others begin with a click.
    corrections : float
        Share of prompts after which an error is clicked, with the mask fed back.
    choice : float
        Weight of the IoU that a softmax over all candidates' predicted IoU would win.
    aside : float
        Share of the objects that are not learned from, at most half.
    most_objects, most_planes : int
        So many are taken, at random.
    seed : int
        Of every choice.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    steps: int | None = None
    prompts: int = 3
    learning_rate: float | None = None
    box: float = 0.25
    corrections: float = 0.4
    choice: float = 0.5
    aside: float = 0.25
    most_objects: int = 240
    most_planes: int = 48
    seed: int = 0

    def __post_init__(self) -> None:
        counts = {
            "prompts": self.prompts,
            "most_objects": self.most_objects,
            "most_planes": self.most_planes,
        }
        if self.steps is not None:
            counts["steps"] = self.steps
        for name, count in counts.items():
            check_whole(name, count, 1)
        check_whole("seed", self.seed, 0)
        shares = {"box": (self.box, 1.0), "corrections": (self.corrections, 1.0)}
        # More is learned from than is put aside.
        shares["aside"] = (self.aside, 0.5)
        for name, (share, most) in shares.items():
            if not 0 <= share <= most:
                raise InputError(f"{name} is a share from 0 to {most}, got {share}.")
        rate = self.learning_rate
        if rate is not None and not 0 < rate < float("inf"):
            raise InputError(f"learning_rate must be more than 0, got {rate}.")

    def steps_for(self, objects: int) -> int:
        """Return the steps for so many objects to learn from."""
        return self.steps or max(_LEAST_STEPS, objects // 2)


@dataclass(frozen=True, slots=True)
class AdaptScores:
    """Mean IoU on the objects that were put aside.

    Parameters
    ----------
    one_click, three_clicks, box : float
        By the protocol of ``evaluate``.
    """

    one_click: float
    three_clicks: float
    box: float

    @property
    def mean(self) -> float:
        """The mean of the three."""
        return (self.one_click + self.three_clicks + self.box) / 3


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """An adapted decoder, and what it is good for.

    Parameters
    ----------
    weights : AdaptedWeights
        To be written by ``write_adapted``.
    before, after : AdaptScores
        Of the base and of the adapted model.
    learned, aside : int
        How many objects were learned from and put aside.
    """

    weights: AdaptedWeights
    before: AdaptScores
    after: AdaptScores
    learned: int
    aside: int

    @property
    def is_better(self) -> bool:
        """Whether it is worth keeping: the mean of the scores rose, and one click did not fall."""
        gain = self.after.mean - self.before.mean
        return gain > _LEAST_GAIN and self.after.one_click >= self.before.one_click
