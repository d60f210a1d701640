"""The mask decoder of SAM: from embeddings to masks and their predicted IoU.

Kirillov et al. 2023, appendix A. Parameter names are those of the published checkpoints.
"""

from __future__ import annotations

from itertools import repeat

import torch
from torch import Tensor, nn

from napari_samwise.model.config import DecoderConfig
from napari_samwise.model.layers import MLP
from napari_samwise.model.transformer import TwoWayTransformer
from napari_samwise.model.upscaling import Upscaling, join_pixels


class MaskDecoder(nn.Module):
    """Decode candidate masks of each prompt.

    Mask token 0 gives the single mask, the others the candidates for an ambiguous prompt.

    Parameters
    ----------
    dim : int
        Channels of the embeddings.
    config : DecoderConfig
        Dimensions of the decoder.
    """

    def __init__(self, dim: int, config: DecoderConfig) -> None:
        super().__init__()
        num_masks = config.num_candidates + 1
        self.transformer = TwoWayTransformer(dim, config)
        self.iou_token = nn.Embedding(1, dim)
        self.mask_tokens = nn.Embedding(num_masks, dim)
        self.output_upscaling = Upscaling(dim)
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP(dim, dim, dim, dim // 8) for _ in range(num_masks)
        )
        hidden = repeat(config.iou_head_dim, config.iou_head_depth - 1)
        self.iou_prediction_head = MLP(dim, *hidden, num_masks)

    def forward(
        self,
        image_embedding: Tensor,
        image_pe: Tensor,
        sparse: Tensor,
        dense: Tensor,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Decode the prompts of `N` objects.

        Parameters
        ----------
        image_embedding : Tensor
            `(1, C, h, w)` float32, of the image that all prompts share.
        image_pe : Tensor
            `(1, C, h, w)` float32, position encoding of its cells.
        sparse : Tensor
            `(N, T, C)` float32, tokens of points and boxes.
        dense : Tensor
            `(N or 1, C, h, w)` float32, embedding of the masks.
        multimask : bool
            The candidates, or the single mask.
        keep : int, optional
            Only so many of the best; by default all.

        Returns
        -------
        low_res_logits : Tensor
            `(N, M, 4 * h, 4 * w)` float32, positive inside, best first.
        predicted_iou : Tensor
            `(N, M)` float32, descending.
        """
        tokens, cells = self.attend(image_embedding, image_pe, sparse, dense)
        predicted_iou = self.score(tokens, multimask=multimask)
        order = predicted_iou.argsort(dim=1, descending=True, stable=True)[:, :keep]
        height, width = image_embedding.shape[-2:]
        logits = self.draw(tokens, cells, (height, width), multimask=multimask, order=order)
        return logits, predicted_iou.take_along_dim(order, dim=1)

    def attend(
        self, image_embedding: Tensor, image_pe: Tensor, sparse: Tensor, dense: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Let the prompts and the image exchange what they know; parameters as of ``forward``.

        Returns
        -------
        tokens : Tensor
            `(N, 1 + masks + T, C)`.
        cells : Tensor
            `(N, h * w, C)`.
        """
        outputs = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([outputs.expand(len(sparse), -1, -1), sparse], dim=1)
        cells = _to_cells(image_embedding + dense)
        tokens, cells = self.transformer(tokens, cells, _to_cells(image_pe))
        return tokens, cells

    def score(self, tokens: Tensor, *, multimask: bool | None) -> Tensor:
        """Return the predicted IoU `(N, M)`; ``multimask`` as of ``draw``."""
        predicted_iou: Tensor = self.iou_prediction_head(tokens[:, 0])
        return predicted_iou[:, self._wanted(multimask)]

    def draw(
        self,
        tokens: Tensor,
        cells: Tensor,
        size: tuple[int, int],
        *,
        multimask: bool | None,
        order: Tensor | None = None,
    ) -> Tensor:
        """Draw masks of prompts that have attended.

        Parameters
        ----------
        tokens, cells : Tensor
            From ``attend``.
        size : tuple of int
            (h, w) of the image embedding in cells.
        multimask : bool or None
            The candidates, or the single mask; None for the single mask and then the candidates.
        order : Tensor, optional
            `(N, K)` int64, for each prompt which of them to draw; by default all.

        Returns
        -------
        Tensor
            `(N, M or K, 4 * h, 4 * w)` float32.
        """
        numbers = range(len(self.output_hypernetworks_mlps))[self._wanted(multimask)]
        kernels = torch.stack(
            [self.output_hypernetworks_mlps[index](tokens[:, 1 + index]) for index in numbers],
            dim=1,
        )
        if order is not None:
            kernels = kernels.take_along_dim(order.unsqueeze(2), dim=1)
        return join_pixels(kernels @ self.output_upscaling(cells).mT, *size)

    @staticmethod
    def _wanted(multimask: bool | None) -> slice:
        if multimask is None:
            return slice(None)
        return slice(1, None) if multimask else slice(1)


def _to_cells(embedding: Tensor) -> Tensor:
    """Reorder `(N, C, h, w)` as `(N, h * w, C)`."""
    return embedding.flatten(2).mT
