"""What a text means on the planes of an image, in a job's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.stacks.scene import Scene, Seen

if TYPE_CHECKING:
    from napari_samwise.segment.text.choose import Chooser


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """What a text means on one plane.

    Parameters
    ----------
    chooser : Chooser
        Knows the text, and the model that names objects.
    scene : Scene
        The image.
    plane : Plane
        Where in it.
    """

    chooser: Chooser
    scene: Scene
    plane: Plane

    def choose(self, masks: Sequence[BoxedMask]) -> NDArray[np.bool_]:
        """Tell which of the objects are meant, `(N,)` bool."""
        return self.chooser.choose(self.scene.frame.source.open(self.plane), masks)


def make_chooser(text: str, seen: Seen) -> Chooser:
    """Read a text for the model at hand.

    Raises
    ------
    InputError
        If it has a word that is not known.
    """
    from napari_samwise.segment.text.choose import Chooser
    from napari_samwise.segment.text.query import parse

    query = parse(text, seen.predictor.model.vocabulary)
    return Chooser(query, seen.predictor, seen.intensity)
