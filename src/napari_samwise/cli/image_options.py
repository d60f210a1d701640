"""The options that say which image is segmented and how it is read, shared by the commands."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from napari_samwise.cli.intensity_option import INTENSITY_HELP, choose_intensity
from napari_samwise.cli.label_output import LABELS_HELP
from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import Intensity
from napari_samwise.io.channels import choose_channel

if TYPE_CHECKING:
    from napari_samwise.io.image_file import ImageFile


@dataclass(frozen=True, slots=True)
class Reading:
    """How images are read.

    Parameters
    ----------
    axes : str or None
        One letter per axis; None for what the file says.
    channel : int or None
        The one to keep.
    intensity : str
        See ``choose_intensity``.
    """

    axes: str | None
    channel: int | None
    intensity: str

    def read(self, path: Path) -> ImageFile:
        """Read an image, and keep the channel that was asked for.

        Raises
        ------
        ImageError
            The image cannot be read, or has no such channel.
        """
        from napari_samwise.io.read import read_image

        return choose_channel(read_image(path, self.axes), self.channel)

    def resolve_intensity(self, file: ImageFile, *, may_be_blank: bool = False) -> Intensity:
        """Find how values of the image become brightness, see ``choose_intensity``."""
        axes = Axes(file.axes)
        return choose_intensity(self.intensity, file.data, axes, may_be_blank=may_be_blank)


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """Which image to segment, how to read it, and where its labels go.

    Parameters
    ----------
    path : Path
        A file or folder that ``read_image`` knows.
    output : Path
        Where the labels go.
    reading : Reading
        How to read it.
    """

    path: Path
    output: Path
    reading: Reading

    def read(self) -> ImageFile:
        """Read the image, and keep the channel that was asked for.

        Raises
        ------
        InputError
            The labels cannot be written where they should go.
        ImageError
            The image cannot be read, or has no such channel.
        """
        from napari_samwise.io.write import check_labels_fit, check_labels_path

        check_labels_path(self.output, self.path)
        file = self.reading.read(self.path)
        check_labels_fit(self.output, Axes(file.axes).spatial)
        return file

    def resolve_intensity(self, file: ImageFile, *, may_be_blank: bool = False) -> Intensity:
        """Find how values of the image become brightness, see ``choose_intensity``."""
        return self.reading.resolve_intensity(file, may_be_blank=may_be_blank)


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--axes``, ``--channel`` and ``--intensity`` to a command.

    The command receives them as one parameter ``reading``, a :class:`Reading`.
    """

    @click.option(
        "--axes", metavar="ZYX", help="One letter per axis of IMAGE; default: what it says."
    )
    @click.option("--channel", type=click.IntRange(min=0), help="Use this channel alone, from 0.")
    @click.option(
        "--intensity", default="auto", show_default=True, metavar="POLICY", help=INTENSITY_HELP
    )
    @functools.wraps(function)
    def with_reading(
        *args: Any, axes: str | None, channel: int | None, intensity: str, **kwargs: Any
    ) -> None:
        function(*args, reading=Reading(axes, channel, intensity), **kwargs)

    return with_reading


def image_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add IMAGE, ``--output`` and the options of :class:`Reading` to a command.

    The command receives them as one parameter ``image``, an :class:`ImageChoice`.
    """

    @click.argument("image", type=click.Path(path_type=Path))
    @click.option(
        "-o",
        "--output",
        required=True,
        type=click.Path(path_type=Path),
        metavar="LABELS",
        help=LABELS_HELP,
    )
    @reading_options
    @functools.wraps(function)
    def with_image(*args: Any, image: Path, output: Path, reading: Reading, **kwargs: Any) -> None:
        function(*args, image=ImageChoice(image, output, reading), **kwargs)

    return with_image
