"""What the predictor needs from a network, whatever is inside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.model.distances import Distances
from napari_samwise.model.look import Look
from napari_samwise.model.proposals import Clicks, Proposals, WholeProposals
from napari_samwise.prompts import Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Candidate masks of one object, best first.

    Parameters
    ----------
    low_res_logits : Tensor
        `(N, h, w)` float32, mask logits at the network's own resolution over the whole plane;
        positive is inside. Fed back through ``Prompts(mask=...)`` they refine.
    predicted_iou : Tensor
        `(N,)` float32, the network's estimate of each mask's IoU with the object, descending.
    masks : Tensor
        `(N, Y, X)` bool, in image pixels.
    """

    low_res_logits: Tensor
    predicted_iou: Tensor
    masks: Tensor


class SegmentationModel(nn.Module, ABC):
    """A promptable network split in two: a heavy ``encode`` and a light ``decode``.

    The split is that of Segment Anything (Kirillov et al. 2023, section 3): one embedding per
    image, any number of prompts decoded from it.

    Attributes
    ----------
    name : str
        What the user asked for, e.g. ``"nano"`` or ``"vit_b"``.
    digest : str
        Hexadecimal digest of the weights; part of every embedding's key.
    adaptation : str
        Hexadecimal digest of a decoder that was put in the place of that of the weights, on which
        no embedding depends; empty if there is none.
    decoder_part : str
        Name of the submodule that decodes prompts, which can be adapted; empty if none can.
    licence : str
        Licence of the weights, shown where a model is chosen.
    preprocessing : str
        Version of everything between the 8-bit plane and the features; part of the key.
    precision : torch.dtype
        The dtype in which the encoder computes.
    auto_precision : torch.dtype, optional
        The one for ``"auto"``; by default what the device does best.
    has_seeds : bool
        Whether ``find_seeds`` tells where objects are.
    whole_px : int
        Planes up to this longest side are encoded as one; larger ones in frames.
    frame_px : int
        Side of a frame in pixels of its level (``geometry/lattice.py``).
    top_px : int
        Longest side of the whole plane on the coarsest level of its frames.
    room_px : int
        Extent that an object may have on a level to be well seen there.
    span_px : int
        Extent that the points of one object may have on a level.
    levels_a_click : int
        On how many levels of a plane in frames a click of unknown size is decoded at first.
    encodes_fast : bool
        Whether encoding takes about as long as reading the features from disk.
    follows_ends : bool
        Whether a click on a long thin object shows a part of it, to be followed from its ends.
    ranks_by_agreement : bool
        Whether candidates of all levels are judged by each other, too (``agreement.py``).
    """

    name: str = "unnamed"
    digest: str = ""
    adaptation: str = ""
    decoder_part: str = ""
    licence: str = ""
    preprocessing: str = "0"
    precision: torch.dtype = torch.float32
    auto_precision: torch.dtype | None = None
    has_seeds: bool = False
    whole_px: int = 1536
    frame_px: int = 1024
    top_px: int = 1024
    room_px: int = 512
    span_px: int = 512
    levels_a_click: int = 1
    encodes_fast: bool = False
    follows_ends: bool = False
    ranks_by_agreement: bool = False

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def prepare_for_inference(self) -> None:
        """Rearrange the weights, once loaded, so that encoding and decoding are faster.

        Outputs stay the same but for rounding; the state dict may not. By default nothing is done.
        """

    @property
    def has_distances(self) -> bool:
        """Whether ``find_distances`` tells where each pixel lies within its object."""
        return False

    @abstractmethod
    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        """Compute the features of one plane, once.

        Parameters
        ----------
        image : ndarray
            `(Y, X, 3)` uint8, what the encoder shall see.

        Returns
        -------
        dict of str to Tensor
            The features that ``decode`` needs; always with an ``"image_embedding"``.
        """

    def encode_frame(self, picture: np.ndarray, step: int) -> dict[str, Tensor]:
        """Compute the features of one frame of a larger plane, at the frame's scale alone.

        ``decode``, ``decode_clicks``, ``find_seeds`` and ``find_distances`` take what it returns,
        with the frame's size in pixels of the plane for ``image_size``.

        Parameters
        ----------
        picture : ndarray
            `(h, w, 3)` uint8, or float32 from 0 to 255, what the encoder shall see.
        step : int
            Pixels of the plane along one pixel of the picture, a power of two.
        """
        return self.encode(np.rint(picture).astype(np.uint8))

    @abstractmethod
    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        """Turn prompts into candidate masks.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        image_size : tuple of int
            `(Y, X)` of the plane that was encoded.
        prompts : Prompts
            Two-dimensional and already checked against ``image_size``.
        multimask : bool
            Several candidates for an ambiguous prompt, or the single mask.
        keep : int, optional
            Only so many of the best candidates are upscaled and returned; by default all.

        Returns
        -------
        Decoded
            Best first.
        """

    def logits_grid(self, image_size: tuple[int, int], step: int) -> tuple[tuple[int, int], float]:
        """Return how logits must lie that ``propose`` is given as a mask of a frame.

        Parameters
        ----------
        image_size : tuple of int
            `(Y, X)` of the frame in pixels of the plane.
        step : int
            Pixels of the plane along one pixel that the encoder sees.

        Returns
        -------
        shape : tuple of int
            `(h, w)` cells.
        cell_px : float
            Side of a cell in pixels of the plane; the first one begins where the frame does.
        """
        return (-(-image_size[0] // step), -(-image_size[1] // step)), float(step)

    def propose(self, looks: Sequence[Look], *, multimask: bool) -> list[Proposals]:
        """Decode the prompts of one object in frames of several scales, and upscale nothing yet.

        Parameters
        ----------
        looks : sequence of Look
            All with the same number of points.
        multimask : bool
            Several candidates for an ambiguous prompt, or the single mask.

        Returns
        -------
        list of Proposals
            One for each look, in pixels of the plane from the frame's corner.
        """
        proposals: list[Proposals] = []
        for look in looks:
            decoded = self.decode(
                look.features, look.image_size, look.prompts_inside, multimask=multimask
            )
            click = torch.zeros(len(decoded.predicted_iou), dtype=torch.int64)
            best = float(decoded.predicted_iou.max())
            proposals.append(
                WholeProposals(
                    decoded.low_res_logits, decoded.predicted_iou, click, best, decoded.masks
                )
            )
        return proposals

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Words that ``name_objects`` tells apart; empty if the model knows none."""
        return ()

    def name_objects(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        masks: Sequence[BoxedMask],
    ) -> Tensor:
        """Tell how well each word of the vocabulary suits each object.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        image_size : tuple of int
            `(Y, X)` of the plane that was encoded.
        masks : sequence of BoxedMask
            At least one, none of them empty, in pixels of the plane.

        Returns
        -------
        Tensor
            `(N, W)` float32, 0 to 1; the rest to 1 is for none of the words.

        Raises
        ------
        InputError
            If the model knows no words.
        """
        raise InputError(f"The model {self.name!r} knows no words for objects; use 'nano'.")

    @property
    def clicks_per_batch(self) -> int:
        """How many clicks ``decode_clicks`` handles best at a time on this device."""
        return 8 if self.device.type == "cpu" else 64

    def find_seeds(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        *,
        min_confidence: float,
    ) -> Clicks:
        """Return a click on everything that the model takes for an object, without prompts.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        image_size : tuple of int
            `(Y, X)` of the plane that was encoded.
        min_confidence : float
            0 to 1; less certain places are left out.

        Raises
        ------
        InputError
            If the model has no such head (``has_seeds``).
        """
        raise InputError(
            f"The model {self.name!r} finds no seeds itself; click on a grid of points."
        )

    def find_distances(
        self, features: Mapping[str, Tensor], image_size: tuple[int, int]
    ) -> Distances:
        """Return what an instance decoder predicts of a plane, without prompts.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        image_size : tuple of int
            `(Y, X)` of the plane that was encoded.

        Raises
        ------
        InputError
            If the model has no such decoder (``has_distances``).
        """
        raise InputError(
            f"The model {self.name!r} has no instance decoder; choose the mode 'grid', or load it "
            "with its decoder."
        )

    def decode_clicks(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        clicks: Clicks,
        *,
        min_iou: float = 0.0,
    ) -> Proposals:
        """Decode independent clicks; networks override it to decode them as one batch.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        image_size : tuple of int
            `(Y, X)` of the plane that was encoded.
        clicks : Clicks
            At least one, inside the plane; about ``clicks_per_batch`` of them.
        min_iou : float
            Masks of a lower predicted IoU are left out.
        """
        decoded = [
            self.decode(features, image_size, Prompts([point]), multimask=True)
            for point in clicks.points
        ]
        predicted_iou = torch.cat([one.predicted_iou for one in decoded])
        click = torch.arange(len(decoded), device=predicted_iou.device)
        click = click.repeat_interleave(
            torch.tensor([len(one.predicted_iou) for one in decoded], device=click.device)
        )
        kept = predicted_iou >= min_iou
        return WholeProposals(
            torch.cat([one.low_res_logits for one in decoded])[kept],
            predicted_iou[kept],
            click[kept],
            float(predicted_iou.max()),
            torch.cat([one.masks for one in decoded])[kept],
        )
