"""The options of ``napari-samwise everything``: where to click, and what to keep."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from napari_samwise.cli.finite_range import FiniteRange

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel
    from napari_samwise.segment.everything.options import EverythingOptions

_SHARE = FiniteRange(0, 1)
_KEEP = (
    ("--pred-iou", "predicted_iou", _SHARE, "Least predicted IoU of a mask, 0 to 1."),
    ("--stability", "stability", _SHARE, "Least stability of a mask, 0 to 1."),
    ("--nms", "nms_iou", _SHARE, "Of two masks that overlap more, the better one is kept."),
    ("--min-area", "min_area", click.IntRange(min=0), "Leave out objects of fewer pixels."),
    (
        "--min-region-area",
        "min_region_area",
        click.IntRange(min=0),
        "Fill holes and remove islands of fewer pixels.",
    ),
)
_MODES = ("auto", "seeds", "grid", "distances")
_SEARCH = (
    (
        "--mode",
        "mode",
        click.Choice(_MODES),
        "Click where the model sees objects or on a grid, or tell objects apart by distances; "
        "default: what the model can.",
    ),
    (
        "--points-per-side",
        "points_per_side",
        click.IntRange(min=1),
        "Click on a grid; default: where the model sees objects, or 32.",
    ),
    (
        "--crop-layers",
        "crop_layers",
        click.IntRange(0, 8),
        "Look closer at 2 x 2, 4 x 4, ... crops.",
    ),
)


@dataclass(frozen=True, slots=True)
class GivenOptions:
    """What the user asked for; everything else is as suits the model.

    Parameters
    ----------
    keep : mapping
        Fields of ``EverythingOptions``.
    search : mapping
        Fields of its ``search``.
    """

    keep: Mapping[str, Any]
    search: Mapping[str, Any]

    @property
    def may_ask_distances(self) -> bool:
        """Whether an instance decoder is asked where the model has one."""
        from napari_samwise.segment.everything.options import Search

        return Search(**self.search).may_ask_distances

    def resolve(self, model: SegmentationModel) -> EverythingOptions:
        """Change the model's default options."""
        from napari_samwise.segment.everything.defaults import default_options

        suited = default_options(model)
        return replace(suited, search=replace(suited.search, **self.search), **self.keep)


def everything_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which receives them as ``given``, a :class:`GivenOptions`."""

    @functools.wraps(function)
    def with_options(*args: Any, **kwargs: Any) -> None:
        keep, search = (
            {name: value for _, name, *_ in group if (value := kwargs.pop(name)) is not None}
            for group in (_KEEP, _SEARCH)
        )
        function(*args, given=GivenOptions(keep, search), **kwargs)

    decorated: Callable[..., None] = with_options
    for flag, name, kind, text in reversed((*_KEEP, *_SEARCH)):
        decorated = click.option(flag, name, type=kind, help=text)(decorated)
    return decorated
