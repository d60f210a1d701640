"""What found objects in the window, as a recipe that finds them in other images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_samwise.errors import InputError
from napari_samwise.plugin.frame import Frame, IntensityChoice
from napari_samwise.plugin.model_choice import portable_name
from napari_samwise.plugin.stacks.everything_job import Method, Thresholds

if TYPE_CHECKING:
    from napari_samwise.batch.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Search:
    """How everything mode was last used.

    Parameters
    ----------
    frame : Frame
        The plane, or one of the slices, with the model and the intensity.
    channel : int, optional
        Of a file with several, the one that was looked at, from 0.
    link : str, optional
        Name of the axis along which slices were linked.
    text : str
        What the objects had to be; empty for anything.
    """

    frame: Frame
    channel: int | None = None
    link: str | None = None
    text: str = ""

    def to_recipe(self, thresholds: Thresholds, method: Method) -> Recipe:
        """Return a recipe that finds the same in the same image.

        Of the intensity it holds the policy, which looks at every image anew, or the contrast
        limits if the user has chosen those.

        Raises
        ------
        InputError
            If a recipe cannot say it.
        """
        from napari_samwise.batch.recipe import Find, Keep, Recipe

        plane = self.frame.plane
        if plane.axes != (plane.ndim - 2, plane.ndim - 1):
            raise InputError(
                "A recipe is for planes of an image's last two axes; show these, and find "
                "everything once more."
            )
        if self.link is not None and len(self.link) != 1:
            raise InputError(
                f"A recipe names axes by one letter, got {self.link!r}; rename the layer's axis."
            )
        return Recipe(
            model=portable_name(self.frame.model),
            precision=method.precision,
            intensity=_to_intensity(self.frame.intensity),
            channel=self.channel,
            link=self.link,
            text=self.text or None,
            find=Find(mode=method.mode),
            keep=Keep(
                predicted_iou=thresholds.predicted_iou,
                stability=thresholds.stability,
                min_area=thresholds.min_area,
            ),
        )


def _to_intensity(choice: IntensityChoice) -> str | tuple[float, float]:
    if choice.limits is not None:
        return choice.limits
    return choice.policy if choice.window is None else choice.window
