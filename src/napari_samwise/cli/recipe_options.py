"""The options that make a recipe, or change the one in a file."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from napari_samwise.cli.everything_options import GivenOptions, everything_options
from napari_samwise.cli.intensity_option import INTENSITY_HELP

if TYPE_CHECKING:
    from napari_samwise.batch.recipe import Recipe

_OUTPUTS = ("labels", "measurements", "polygons")
_NONE = "none"
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--model", {"metavar": "NAME", "help": "A name from 'napari-samwise models', or a path."}),
    ("--device", {"metavar": "NAME", "help": "auto, cpu, cuda, cuda:1 or mps."}),
    (
        "--precision",
        {"metavar": "NAME", "help": "auto, float32, bfloat16 or float16; name one for a cluster."},
    ),
    ("--intensity", {"metavar": "POLICY", "help": INTENSITY_HELP}),
    ("--axes", {"metavar": "ZYX", "help": "One letter per axis of the images."}),
    ("--channel", {"type": click.IntRange(min=0), "help": "Use this channel alone, from 0."}),
    ("--link", {"metavar": "AXIS", "help": "Give an object one id along this axis, such as z."}),
    ("--text", {"metavar": "TEXT", "help": "Only what it names, such as 'round nuclei'."}),
    (
        "--frame-px",
        {
            "type": click.IntRange(min=64),
            "help": "Segment larger planes in frames of this side, a multiple of 64.",
        },
    ),
    (
        "--labels",
        {
            "type": click.Choice(["tif", "ome-zarr", "npy", "png", "nii.gz", "nrrd", "mha", _NONE]),
            "help": "Write labels as this; default: tif.",
        },
    ),
    (
        "--measurements",
        {
            "type": click.Choice(["csv", "parquet", _NONE]),
            "help": "Write a table of the objects' size, shape and intensity.",
        },
    ),
    (
        "--polygons",
        {
            "type": click.Choice(["geojson", "coco", "rois", _NONE]),
            "help": "Write the objects for QuPath, as COCO, or for ImageJ.",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class RecipeChoice:
    """A recipe's file, and what the command line says otherwise.

    Parameters
    ----------
    path : Path or None
        The file; None for the defaults.
    told : dict
        By option, without those that were not given.
    given : GivenOptions
        Of everything mode.
    """

    path: Path | None
    told: dict[str, Any]
    given: GivenOptions

    def read(self) -> Recipe:
        """Return the recipe.

        Raises
        ------
        InputError
            The file or an option cannot be used.
        """
        from napari_samwise.batch.recipe import Recipe

        told = dict(self.told)
        recipe = Recipe() if self.path is None else Recipe.load(self.path)
        outputs = {
            name: None if told[name] == _NONE else told[name] for name in _OUTPUTS if name in told
        }
        search = dict(self.given.search)
        if "frame_px" in told:
            search["frame_px"] = told.pop("frame_px")
        if "intensity" in told:
            told["intensity"] = _limits(told["intensity"])
        return replace(
            recipe,
            find=replace(recipe.find, **search),
            keep=replace(recipe.keep, **self.given.keep),
            outputs=replace(recipe.outputs, **outputs),
            **{name: value for name, value in told.items() if name not in _OUTPUTS},
        )


def recipe_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--recipe`` and the options that change it.

    The command receives them as one parameter ``recipe``, a :class:`RecipeChoice`.
    """

    @functools.wraps(function)
    def with_recipe(*args: Any, recipe: Path | None, given: GivenOptions, **kwargs: Any) -> None:
        values = {name: kwargs.pop(name) for name in map(_name, (flag for flag, _ in _OPTIONS))}
        told = {name: value for name, value in values.items() if value is not None}
        function(*args, recipe=RecipeChoice(recipe, told, given), **kwargs)

    decorated: Callable[..., None] = everything_options(with_recipe)
    for flag, settings in reversed(_OPTIONS):
        decorated = click.option(flag, **settings)(decorated)
    return click.option(
        "--recipe",
        type=click.Path(path_type=Path),
        metavar="YAML",
        help="What to do; the options below change single things in it.",
    )(decorated)


def _name(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def _limits(text: str) -> str | tuple[float, ...]:
    """Return ``LOW,HIGH`` as numbers, and the name of a policy as it is."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        return text
