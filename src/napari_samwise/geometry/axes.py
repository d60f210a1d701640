"""The axes of an image, named by a string such as ``"TZYX"``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_samwise.errors import ImageError

CHANNEL_SIZES = (3, 4)


@dataclass(frozen=True, slots=True)
class Axes:
    """The names of an array's axes, in the array's order.

    Parameters
    ----------
    names : str
        One capital letter an axis, each once, with ``Y`` and ``X``; ``C`` is the channel axis and
        every other letter (``Z``, ``T``, ...) is an axis to step through plane by plane. Use
        :func:`parse_axes` for what a user typed.
    """

    names: str

    @property
    def ndim(self) -> int:
        """Number of axes, channels included."""
        return len(self.names)

    @property
    def channel(self) -> int | None:
        """Index of the channel axis, None for a grey image."""
        return self.names.index("C") if "C" in self.names else None

    @property
    def spatial(self) -> str:
        """The names without the channel axis: the axes of labels and of prompts."""
        return self.names.replace("C", "")

    @property
    def plane(self) -> tuple[int, int]:
        """Indices of Y and X among the spatial axes."""
        return self.spatial.index("Y"), self.spatial.index("X")

    @property
    def leading(self) -> tuple[int, ...]:
        """Indices of the axes to step through, among the spatial axes."""
        return tuple(i for i, name in enumerate(self.spatial) if name not in "YX")

    def spatial_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Return the extents of the spatial axes.

        Parameters
        ----------
        shape : sequence of int
            The whole array's shape.

        Raises
        ------
        ImageError
            If the array has another number of axes.
        """
        self.validate(shape)
        return tuple(n for n, name in zip(shape, self.names, strict=True) if name != "C")

    def validate(self, shape: Sequence[int]) -> None:
        """Check that these names fit an array.

        Raises
        ------
        ImageError
            If the number of axes differs, or the channel axis has neither 1, 3 nor 4 entries.
        """
        if len(shape) != self.ndim:
            raise ImageError(
                f"The axes {self.names!r} name {self.ndim} axes but the image has {len(shape)} "
                f"(shape {tuple(shape)}); give one letter for each axis of the image."
            )
        if self.channel is not None and shape[self.channel] not in (1, *CHANNEL_SIZES):
            raise ImageError(
                f"The channel axis must have 1, 3 (RGB) or 4 (RGBA) entries, got "
                f"{shape[self.channel]}; choose three channels first."
            )


def parse_axes(axes: str) -> Axes:
    """Read axes as a user or a file's metadata spells them.

    Parameters
    ----------
    axes : str
        Such as ``"TZYX"`` or ``"yxc"``; case does not matter and tifffile's ``S`` (samples of a
        pixel) means ``C``.

    Raises
    ------
    ImageError
        If it is not a string of distinct letters with Y and X.
    """
    if not isinstance(axes, str):
        raise ImageError(
            f"axes must be a string such as 'ZYX', got {type(axes).__name__}; "
            "give one letter for each axis of the image."
        )
    names = axes.upper()
    if "C" not in names:
        names = names.replace("S", "C")
    letters = names.isascii() and names.isalpha()
    if not letters or len(set(names)) != len(names) or not {"Y", "X"} <= set(names):
        raise ImageError(
            f"axes must name each axis by one letter, once, with Y and X among them, got "
            f"{axes!r}; write for example 'YX', 'ZYX', 'TZYX' or 'YXC'."
        )
    return Axes(names)


def infer_axes(shape: Sequence[int]) -> Axes:
    """Guess the axes of an array that nobody named, as napari would.

    Parameters
    ----------
    shape : sequence of int
        The array's shape. A last axis of 3 or 4 behind two others is RGB(A).

    Returns
    -------
    Axes
        One of YX, YXC, ZYX, ZYXC, TZYX.

    Raises
    ------
    ImageError
        If the number of axes allows no safe guess.
    """
    rank = len(shape)
    coloured = rank in (3, 4) and shape[-1] in CHANNEL_SIZES
    if coloured and shape[0] in CHANNEL_SIZES and rank == 3:
        raise ImageError(
            f"An image of shape {tuple(shape)} may have its channels first or last; "
            "say which with axes='CYX' or axes='YXC'."
        )
    guesses = {2: "YX", 3: "YXC" if coloured else "ZYX", 4: "ZYXC" if coloured else "TZYX"}
    if rank not in guesses:
        raise ImageError(
            f"The axes of an image of rank {rank} (shape {tuple(shape)}) cannot be guessed; "
            "name them with axes=, two of them Y and X, for example axes='TZYX'."
        )
    return Axes(guesses[rank])
