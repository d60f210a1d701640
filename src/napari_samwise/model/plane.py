"""Between an image plane of any size and the network's square: pixels in, logits out."""

from __future__ import annotations

import math

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from napari_samwise.geometry.resize import ResizeFrame

# Logits of a mask that is given as certain: log(p / (1 - p)) at p = 0.999, as micro-sam does.
_CERTAIN_LOGIT = math.log(0.999 / 0.001)


def resize_image(image: NDArray[np.uint8], frame: ResizeFrame) -> NDArray[np.uint8]:
    """Scale a plane to the network's resolution, exactly as the official code.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.
    frame : ResizeFrame
        The frame of the plane.

    Returns
    -------
    ndarray
        `(h, w, 3)` uint8 with ``(h, w) == frame.input_size``.
    """
    height, width = frame.input_size
    # Pillow's 8-bit rounding and its smoothing when shrinking are what the networks were trained
    # on; torch's own resizing differs by a grey level here and there.
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
    return np.array(resized)


def mask_to_logits(mask: NDArray[np.bool_], size: int) -> NDArray[np.float32]:
    """Turn a mask in image pixels into a mask prompt.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool.
    size : int
        Side of the network's mask prompts.

    Returns
    -------
    ndarray
        `(size, size)` float32 logits, +-6.907; the padding counts as outside.
    """
    height, width = ResizeFrame((mask.shape[0], mask.shape[1]), size).input_size
    cover = Image.fromarray(mask.astype(np.float32))
    cover = cover.resize((width, height), Image.Resampling.BILINEAR)
    inside = np.pad(np.array(cover) > 0.5, ((0, size - height), (0, size - width)))
    return np.where(inside, _CERTAIN_LOGIT, -_CERTAIN_LOGIT).astype(np.float32)


def upscale_logits(low_res_logits: Tensor, frame: ResizeFrame) -> Tensor:
    """Scale mask logits from the network's square to the plane.

    As in the official code there are two bilinear steps, first to the network's input size and
    then to the plane; only the part of the square that the plane fills is computed.

    Parameters
    ----------
    low_res_logits : Tensor
        `(N, s, s)` float32, over the network's whole square.
    frame : ResizeFrame
        The frame of the plane.

    Returns
    -------
    Tensor
        `(N, Y, X)` float32.
    """
    side = low_res_logits.shape[-1]
    factor = frame.model_size // side
    height, width = frame.input_size
    # One row more than is filled, because the last pixels interpolate with it.
    rows, columns = (min(-(-length // factor) + 1, side) for length in (height, width))
    square = F.interpolate(
        low_res_logits[None, :, :rows, :columns],
        size=(rows * factor, columns * factor),
        mode="bilinear",
        align_corners=False,
    )
    plane = F.interpolate(
        square[..., :height, :width], size=frame.image_size, mode="bilinear", align_corners=False
    )
    return plane[0]
