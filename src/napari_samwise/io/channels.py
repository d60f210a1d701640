"""The channels of an image that are seen at a time."""

from __future__ import annotations

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.image_file import ImageFile


def choose_channel(file: ImageFile, channel: int | None) -> ImageFile:
    """Keep one channel of an image, or all where the encoder can take them.

    Raises
    ------
    ImageError
        There is no such channel, or the number of channels asks for a choice.
    """
    axes = Axes(file.axes)
    count = 1 if axes.channel is None else file.data.shape[axes.channel]
    if channel is None and count not in (1, 3, 4):
        raise ImageError(
            f"'{file.name}' has {count} channels, and one is seen at a time; "
            f"choose it with --channel 0 to {count - 1}."
        )
    if channel is not None and channel >= count:
        last = "0 is its only channel" if count == 1 else f"its channels are 0 to {count - 1}"
        raise ImageError(f"'{file.name}' has no channel {channel}; {last}.")
    if axes.channel is None or (channel is None and count > 1):
        return file
    return file.channel(channel or 0)
