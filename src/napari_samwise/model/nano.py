"""``nano``, the model in the wheel: small, multi-scale, no download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.model.device import computing_in
from napari_samwise.model.fold import fold_for_inference
from napari_samwise.model.look import Look
from napari_samwise.model.nano_candidates import (
    best_candidates,
    each_in_its_window,
    judge_by_agreement,
)
from napari_samwise.model.nano_clicks import click_prompts, click_windows
from napari_samwise.model.nano_decoder import NanoDecoder, WindowPrompts
from napari_samwise.model.nano_encoder import WINDOW_PX, NanoConfig, NanoEncoder
from napari_samwise.model.nano_follow import follow_first
from napari_samwise.model.nano_heads import DenseHeads
from napari_samwise.model.nano_levels import LONGEST_PX, Pyramid, Window, build_levels
from napari_samwise.model.nano_lone_mask import add_missing_click
from napari_samwise.model.nano_prompts import (
    ROOM_PX,
    SPAN_PX,
    choose_windows,
    earlier_logits,
    join_prompts,
    window_prompts,
)
from napari_samwise.model.nano_proposals import NanoProposals, is_cut_off
from napari_samwise.model.nano_seeds import find_seeds
from napari_samwise.model.nano_words import (
    WordHead,
    describe_objects,
    draw_in_window,
    word_windows,
)
from napari_samwise.model.proposals import Clicks, Proposals
from napari_samwise.model.text_prompts import refuse_text
from napari_samwise.prompts import Prompts

_CANDIDATES = 3
_STRIDES = (8, 4, 2, 4)
_FRAME_STEP = "frame_step"


class Nano(SegmentationModel):
    """Encoder, decoder and dense heads over a pyramid of scales.

    Parameters
    ----------
    config : NanoConfig, optional
        Sizes of the networks.
    """

    name = "nano"
    licence = "BSD-3-Clause"
    preprocessing = "nano-2"
    has_seeds = True
    decoder_part = "decoder"
    whole_px = LONGEST_PX
    top_px = WINDOW_PX
    room_px = ROOM_PX
    span_px = SPAN_PX
    levels_a_click = 4
    encodes_fast = True
    follows_ends = True
    ranks_by_agreement = True
    auto_precision = torch.float32

    def __init__(self, config: NanoConfig | None = None) -> None:
        super().__init__()
        self.config = config or NanoConfig()
        self.encoder = NanoEncoder(self.config)
        self.decoder = NanoDecoder(self.config)
        self.dense = DenseHeads(self.config.detail_dim)
        self.words = WordHead(self.config) if self.config.words else None

    def prepare_for_inference(self) -> None:
        """Fold normalisations into convolutions; see the base class and ``fold.py``."""
        fold_for_inference(self)

    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        """Compute the features of all levels of one plane.

        Parameters
        ----------
        image : ndarray
            `(Y, X, 3)` uint8.

        Returns
        -------
        dict of str to Tensor
            ``image_embedding`` `(1, C, h/8, w/8)`, ``detail`` at stride 4, ``fine`` at stride 2
            and ``dense`` (``DenseHeads``) at stride 4 of level 0, and the same with ``_1``,
            ``_2``, ... for the coarser levels.
        """
        return self._encode_levels(image, Pyramid((image.shape[0], image.shape[1])))

    def encode_frame(self, picture: np.ndarray, step: int) -> dict[str, Tensor]:
        """Compute the features of one frame, which is one level; see ``SegmentationModel``.

        They hold, besides those of level 0 of ``encode``, the ``frame_step`` `(1,)` int32.
        """
        height, width = (side * step for side in picture.shape[:2])
        features = self._encode_levels(picture, Pyramid((height, width), step))
        return features | {_FRAME_STEP: torch.tensor([step], dtype=torch.int32)}

    def _encode_levels(self, image: np.ndarray, pyramid: Pyramid) -> dict[str, Tensor]:
        # A copy: what comes may be read-only, or float32, which would be normalised in place.
        picture = torch.tensor(np.ascontiguousarray(image), device=self.device)
        picture = picture.permute(2, 0, 1)[None].float().div_(127.5).sub_(1.0).mul_(2.0)
        features: dict[str, Tensor] = {}
        with computing_in(self.device, self.precision):
            for level, padded in enumerate(build_levels(picture, pyramid)):
                found = self.encoder(padded)
                found = (*found, self.dense(found[1]))
                for name, part in zip(_feature_names(level), found, strict=True):
                    features[name] = part.to(self.precision)
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

        See ``SegmentationModel.decode``.

        Raises
        ------
        PromptError
            For text, and for low-resolution logits that belong to a plane of another size.
        """
        refuse_text(prompts, self.name)
        pyramid = _pyramid_of(features, image_size)
        windows, logits, score = self.decode_windows(features, prompts, pyramid)
        if not multimask:
            logits, score = logits[:, :1], score[:, :1]
        wanted = min(keep or _CANDIDATES, _CANDIDATES if multimask else 1)
        every = each_in_its_window(logits, score, windows)
        judged = judge_by_agreement(*every, pyramid, prompts.box)
        found = best_candidates(*judged, pyramid, wanted)
        if prompts.box is not None or not prompts.has_include:
            return found
        return follow_first(found, prompts, partial(self._decode_best, features, pyramid))

    def _decode_best(
        self, features: Mapping[str, Tensor], pyramid: Pyramid, prompts: Prompts
    ) -> Decoded:
        windows, logits, score = self.decode_windows(features, prompts, pyramid)
        return best_candidates(*each_in_its_window(logits, score, windows), pyramid, 1)

    def logits_grid(self, image_size: tuple[int, int], step: int) -> tuple[tuple[int, int], float]:
        """Logits lie at stride 2 of the frame's picture; see the base class."""
        return Pyramid(image_size, step).logits_size, 2.0 * step

    def propose(self, looks: Sequence[Look], *, multimask: bool) -> list[Proposals]:
        """Decode the prompts in one window of each frame; see ``SegmentationModel.propose``.

        As in training, the single mask is one of the several.
        """
        pyramids = [_pyramid_of(look.features, look.image_size) for look in looks]
        windows, cuts, batches = [], [], []
        for look, pyramid in zip(looks, pyramids, strict=True):
            refuse_text(look.prompts, self.name)
            (window,), batch = self._choose(look.prompts, pyramid, look.around)
            windows.append(window)
            cuts.append(_cut_features(look.features, [window]))
            batches.append(batch)
        # One batch, as if the levels were those of one plane: the size of a batch shows in the last
        # digits, and so in which of two equally good masks is first.
        features = [torch.cat(parts) for parts in zip(*cuts, strict=True)]
        logits, score = self.decoder(*features, join_prompts(batches))
        count = score.shape[1] if multimask else 1
        return [
            NanoProposals(
                masks[:count],
                scores[:count],
                torch.zeros(count, dtype=torch.int64, device=score.device),
                float(scores[:count].max()),
                (window,) * count,
                pyramid,
            )
            for masks, scores, window, pyramid in zip(logits, score, windows, pyramids, strict=True)
        ]

    def decode_windows(
        self,
        features: Mapping[str, Tensor],
        prompts: Prompts,
        pyramid: Pyramid,
    ) -> tuple[list[Window], Tensor, Tensor]:
        """Decode the prompts of one object in all its windows, and compare nothing.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        prompts : Prompts
            Two-dimensional and inside the plane.
        pyramid : Pyramid
            The pyramid of the plane.

        Returns
        -------
        windows : list of Window
            One for every level that could hold the object.
        logits : Tensor
            `(W, 4, 96, 96)` float32.
        predicted_iou : Tensor
            `(W, 4)` float32.
        """
        windows, batch = self._choose(prompts, pyramid)
        return windows, *self.decoder(*_cut_features(features, windows), batch)

    def _choose(
        self, prompts: Prompts, pyramid: Pyramid, around: tuple[float, float] | None = None
    ) -> tuple[list[Window], WindowPrompts]:
        """Return windows, or the one on level 0 ``around`` a place, and the prompts in them."""
        earlier = earlier_logits(prompts, pyramid, self.device)
        prompts = add_missing_click(prompts, earlier, pyramid)
        if around is None:
            windows = choose_windows(prompts, earlier, pyramid)
        else:
            windows = [pyramid.window(0, np.array(around))]
        return windows, window_prompts(prompts, earlier, windows, pyramid, self.device)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words of the weights; see the base class."""
        return () if self.words is None else self.words.vocabulary

    def name_objects(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        masks: Sequence[BoxedMask],
    ) -> Tensor:
        """Tell how well each word suits each object; see ``SegmentationModel.name_objects``."""
        if self.words is None:
            return super().name_objects(features, image_size, masks)
        scores: Tensor = self.words(self.describe_objects(features, image_size, masks))
        return scores.softmax(1)[:, :-1]

    def describe_objects(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        masks: Sequence[BoxedMask],
    ) -> Tensor:
        """Return `(N, F)` float32 of what the word head sees; parameters of ``name_objects``."""
        pyramid = _pyramid_of(features, image_size)
        found = []
        for first in range(0, len(masks), self.clicks_per_batch):
            part = masks[first : first + self.clicks_per_batch]
            windows = word_windows(part, pyramid)
            drawn = [draw_in_window(*each, pyramid) for each in zip(part, windows, strict=True)]
            inside = torch.from_numpy(np.stack(drawn))[:, None].to(self.device)
            embedding, detail, _, dense = _cut_features(features, windows)
            found.append(describe_objects(embedding, detail, dense, inside))
        return torch.cat(found)

    @property
    def clicks_per_batch(self) -> int:
        """A window takes 1 MB; larger batches than this leave a CPU's cache."""
        return 16 if self.device.type == "cpu" else 256

    def find_seeds(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        *,
        min_confidence: float,
    ) -> Clicks:
        """Return a click in the depth of everything that the dense heads see.

        See ``SegmentationModel.find_seeds``.
        """
        pyramid = _pyramid_of(features, image_size)
        dense = [features[_feature_names(level)[3]][0].float() for level in range(pyramid.count)]
        return find_seeds(dense, pyramid, min_confidence)

    def decode_clicks(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        clicks: Clicks,
        *,
        min_iou: float = 0.0,
    ) -> NanoProposals:
        """Decode a batch of clicks, each on the level that suits its size, or on every level.

        Masks that their window cuts off are left out; a coarser level holds their object. See
        ``SegmentationModel.decode_clicks``.
        """
        pyramid = _pyramid_of(features, image_size)
        owner, windows = click_windows(clicks, pyramid)
        prompts = click_prompts(clicks.points[owner], windows, pyramid, self.device)
        # (W, 4, 96, 96) and (W, 4)
        logits, score = self.decoder(*_cut_features(features, windows), prompts)
        score = score.masked_fill(is_cut_off(logits, windows, pyramid), -1)
        good = score >= max(min_iou, 0)
        window = torch.nonzero(good)[:, 0].tolist()
        return NanoProposals(
            logits[good],
            score[good],
            torch.tensor([owner[index] for index in window], device=self.device),
            float(score.max()),
            tuple(windows[index] for index in window),
            pyramid,
        )


def _pyramid_of(features: Mapping[str, Tensor], image_size: tuple[int, int]) -> Pyramid:
    step = features.get(_FRAME_STEP)
    return Pyramid(image_size, None if step is None else int(step))


def _feature_names(level: int) -> tuple[str, str, str, str]:
    suffix = f"_{level}" if level else ""
    return f"image_embedding{suffix}", f"detail{suffix}", f"fine{suffix}", f"dense{suffix}"


def _cut_features(features: Mapping[str, Tensor], windows: Sequence[Window]) -> list[Tensor]:
    """Return the windows' features, `(P, C, side, side)` each, of sides 24, 48, 96 and 48.

    In float32, whatever they are kept in: in fewer digits a mask depends on what is decoded beside
    it, and decoding is no faster.
    """
    cut: list[list[Tensor]] = [[], [], [], []]
    for window in windows:
        for parts, name, stride in zip(cut, _feature_names(window.level), _STRIDES, strict=True):
            side = WINDOW_PX // stride
            y, x = (start // stride for start in window.corner)
            parts.append(features[name][:, :, y : y + side, x : x + side])
    return [torch.cat(parts).float() for parts in cut]
