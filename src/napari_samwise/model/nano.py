"""``nano``, the model in the wheel: small, multi-scale, no download."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from napari_samwise.errors import PromptError
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.model.nano_decoder import (
    BOX_FIRST,
    BOX_SECOND,
    NO_POINT,
    NanoDecoder,
    WindowPrompts,
)
from napari_samwise.model.nano_encoder import WINDOW_PX, NanoConfig, NanoEncoder
from napari_samwise.model.nano_heads import DenseHeads
from napari_samwise.model.nano_levels import (
    Pyramid,
    build_levels,
    cut_mask,
    paste_logits,
    paste_mask,
)
from napari_samwise.prompts import Prompts

_OUTSIDE = -10.0
_PAINTED = 5.0
_CANDIDATES = 3
_SAME_MASK = 0.9
_ROOMY, _FULL = 0.7, 0.95


@dataclass(frozen=True, slots=True)
class _Window:
    level: int
    corner: tuple[int, int]


class Nano(SegmentationModel):
    """Encoder, decoder and dense heads over a pyramid of scales.

    Parameters
    ----------
    config : NanoConfig, optional
        Sizes of the networks.
    """

    name = "nano"
    licence = "BSD-3-Clause"
    preprocessing = "nano-1"

    def __init__(self, config: NanoConfig | None = None) -> None:
        super().__init__()
        self.config = config or NanoConfig()
        self.encoder = NanoEncoder(self.config)
        self.decoder = NanoDecoder(self.config)
        self.dense = DenseHeads(self.config.detail_dim)

    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        """Compute the features of all levels of one plane.

        Parameters
        ----------
        image : ndarray
            `(Y, X, 3)` uint8.

        Returns
        -------
        dict of str to Tensor
            ``image_embedding`` `(1, C, h/8, w/8)`, ``detail`` at stride 4 and ``fine`` at
            stride 2 of level 0, and the same with ``_1``, ``_2``, ... for the coarser levels.
        """
        pyramid = Pyramid((image.shape[0], image.shape[1]))
        picture = torch.from_numpy(np.ascontiguousarray(image)).to(self.device)
        picture = picture.permute(2, 0, 1)[None].float().div_(127.5).sub_(1.0).mul_(2.0)
        features: dict[str, Tensor] = {}
        with self._autocast():
            for level, padded in enumerate(build_levels(picture, pyramid)):
                found = self.encoder(padded)
                names = _feature_names(level)
                features.update(
                    {name: part.to(self.precision) for name, part in zip(names, found, strict=True)}
                )
        return features

    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        """Decode the prompts on every level that could hold their object.

        See ``SegmentationModel.decode``. Raises ``PromptError`` for text, and for low-resolution
        logits that belong to a plane of another size.
        """
        if prompts.text is not None:
            raise PromptError("nano does not read text; give a point, a box or a mask.")
        pyramid = Pyramid(image_size)
        earlier = self._mask_logits(prompts, pyramid)
        windows = _windows(prompts, earlier, pyramid)
        parts, batch = self._gather(features, prompts, earlier, pyramid, windows)
        with self._autocast():
            logits, score = self.decoder(*parts, batch)
        if not multimask:
            logits, score = logits[:, :1], score[:, :1]
        wanted = min(keep or _CANDIDATES, _CANDIDATES if multimask else 1)
        return _best(logits.float(), score.float(), windows, pyramid, wanted)

    def _autocast(self) -> AbstractContextManager[object]:
        reduced = self.precision is not torch.float32
        return torch.autocast(self.device.type, self.precision, enabled=reduced)

    def _mask_logits(self, prompts: Prompts, pyramid: Pyramid) -> Tensor | None:
        """Return the mask prompt as logits `(h, w)` at stride 2 of level 0."""
        mask = prompts.mask
        if mask is None:
            return None
        given = torch.from_numpy(np.array(mask)).to(self.device)
        if given.dtype is torch.bool:
            given = F.interpolate(
                given[None, None].float(),
                size=pyramid.logits_size,
                mode="bilinear",
                align_corners=False,
                antialias=True,
            )[0, 0]
            return (2 * given - 1) * _PAINTED
        if tuple(given.shape) != pyramid.logits_size:
            raise PromptError(
                f"The mask prompt has shape {tuple(given.shape)}, but logits for this image have "
                f"{pyramid.logits_size}; give the logits of a prediction on the same image, or a "
                "bool mask of the image's own shape."
            )
        return given.float().clamp(_OUTSIDE, -_OUTSIDE)

    def _gather(
        self,
        features: Mapping[str, Tensor],
        prompts: Prompts,
        earlier: Tensor | None,
        pyramid: Pyramid,
        windows: list[_Window],
    ) -> tuple[list[Tensor], WindowPrompts]:
        """Cut every window's features and express the prompts in its pixels."""
        cut: list[list[Tensor]] = [[], [], []]
        points, masks = [], []
        kinds, coordinates = _tokens(prompts)
        for window in windows:
            for index, name in enumerate(_feature_names(window.level)):
                stride = (8, 4, 2)[index]
                side = WINDOW_PX // stride
                y, x = (start // stride for start in window.corner)
                cut[index].append(features[name][:, :, y : y + side, x : x + side])
            scale = torch.tensor(pyramid.scale(window.level), dtype=torch.float64)
            corner = torch.tensor(window.corner, dtype=torch.float64)
            points.append((coordinates + 0.5) * scale - corner)
            if earlier is None:
                masks.append(torch.zeros(1, 1, WINDOW_PX // 2, WINDOW_PX // 2, device=self.device))
            else:
                masks.append(cut_mask(earlier, window.level, window.corner, _OUTSIDE))
        batch = WindowPrompts(
            torch.stack(points).to(self.device, torch.float32),
            kinds[None].expand(len(windows), -1).to(self.device),
            torch.cat(masks),
        )
        return [torch.cat(part) for part in cut], batch


def _feature_names(level: int) -> tuple[str, str, str]:
    suffix = f"_{level}" if level else ""
    return f"image_embedding{suffix}", f"detail{suffix}", f"fine{suffix}"


def _tokens(prompts: Prompts) -> tuple[Tensor, Tensor]:
    """Return kinds `(K,)` and pixel-centre coordinates `(K, 2)` of all prompt tokens."""
    kinds = [int(label) for label in prompts.labels]
    places = [np.asarray(prompts.points, np.float64).reshape(-1, 2)]
    if prompts.box is not None:
        kinds += [BOX_FIRST, BOX_SECOND]
        # The outermost pixel centres become the outer edges of those pixels.
        places.append(prompts.box + np.array([[-0.5], [0.5]]))
    if len(kinds) < 2:
        kinds += [NO_POINT] * (2 - len(kinds))
        places.append(np.zeros((len(kinds) - sum(map(len, places)), 2)))
    return torch.tensor(kinds), torch.from_numpy(np.concatenate(places))


def _windows(prompts: Prompts, earlier: Tensor | None, pyramid: Pyramid) -> list[_Window]:
    """Choose the levels that could hold the object, and a window around its prompts in each."""
    corners = [np.asarray(prompts.points, np.float64).reshape(-1, 2)]
    if prompts.box is not None:
        corners.append(prompts.box)
    extent = None
    if earlier is not None and bool((earlier > 0).any()):
        extent = _mask_extent(earlier, pyramid)
        corners.append(extent)
    known = np.concatenate(corners)
    if not len(known):
        known = np.array([[0.0, 0.0], [pyramid.image_size[0] - 1, pyramid.image_size[1] - 1]])
    low, high = known.min(0), known.max(0)
    centre = torch.from_numpy((low + high) / 2)
    sizes = []
    for level in range(pyramid.count):
        scale = np.array(pyramid.scale(level))
        sizes.append(float(((high - low + 1) * scale).max()) / WINDOW_PX)
    if prompts.box is not None or extent is not None:
        level = next((k for k, size in enumerate(sizes) if size <= _ROOMY), pyramid.count - 1)
        levels = [level]
    else:
        levels = [k for k, size in enumerate(sizes) if size <= _FULL] or [pyramid.count - 1]
    return [
        _Window(
            level,
            pyramid.window(level, (centre + 0.5) * torch.tensor(pyramid.scale(level))),
        )
        for level in levels
    ]


def _mask_extent(earlier: Tensor, pyramid: Pyramid) -> np.ndarray:
    """Return two corners around the positive logits, in pixels of the plane."""
    inside = earlier > 0
    corners = []
    for axis in (0, 1):
        where = torch.nonzero(inside.any(1 - axis))[:, 0]
        cell = 2 / pyramid.scale(0)[axis]
        corners.append([float(where[0]) * cell, float(where[-1] + 1) * cell - 1])
    return np.array(corners).T


def _best(
    logits: Tensor, score: Tensor, windows: list[_Window], pyramid: Pyramid, wanted: int
) -> Decoded:
    """Return the ``wanted`` best candidates of all windows that differ from each other."""
    order = torch.argsort(score.flatten(), descending=True).tolist()
    per_window = logits.shape[1]
    kept_logits: list[Tensor] = []
    kept_scores: list[Tensor] = []
    masks: list[Tensor] = []
    spare: list[int] = []

    def take(index: int) -> None:
        window, found = windows[index // per_window], logits.flatten(0, 1)[index]
        kept_logits.append(
            paste_logits(found, window.level, window.corner, pyramid.logits_size, _OUTSIDE)
        )
        kept_scores.append(score.flatten()[index])

    for index in order:
        window, found = windows[index // per_window], logits.flatten(0, 1)[index]
        mask = paste_mask(found, window.level, window.corner, pyramid)
        if any(_iou(mask, other) > _SAME_MASK for other in masks):
            spare.append(index)
            continue
        masks.append(mask)
        take(index)
        if len(masks) == wanted:
            break
    for index in spare[: wanted - len(masks)]:
        window, found = windows[index // per_window], logits.flatten(0, 1)[index]
        masks.append(paste_mask(found, window.level, window.corner, pyramid))
        take(index)
    scores = torch.stack(kept_scores)
    ranked = torch.argsort(scores, descending=True, stable=True)
    return Decoded(
        torch.stack(kept_logits)[ranked], scores[ranked], torch.stack(masks)[ranked]
    )


def _iou(a: Tensor, b: Tensor) -> float:
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0
