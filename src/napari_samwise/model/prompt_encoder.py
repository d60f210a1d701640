"""The prompt encoder of SAM: points, boxes and masks as embeddings (Kirillov et al. 2023, 3).

Coordinates come in as (y, x). The network was trained on (x, y), and this file is the only one
that knows.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from napari_samwise.model.layers import LayerNorm2d

# Kinds of sparse tokens, in the order of the published ``point_embeddings``; 0 and 1 are the
# labels of points.
EXCLUDE, INCLUDE, BOX_START, BOX_END = range(4)
_PADDING = -1


class PositionEncoding(nn.Module):
    """Random Fourier features of a position (Tancik et al. 2020).

    Parameters
    ----------
    channels : int
        Channels of the encoding, half sines and half cosines.
    """

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, channels // 2))

    def forward(self, points_yx: Tensor) -> Tensor:
        """Encode positions.

        Parameters
        ----------
        points_yx : Tensor
            `(..., 2)` float32, (y, x) as fractions of the network's input, 0 to 1.

        Returns
        -------
        Tensor
            `(..., channels)` float32.
        """
        points_xy = points_yx.flip(-1)
        phases = 2 * math.pi * ((2 * points_xy - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([phases.sin(), phases.cos()], dim=-1)


class PromptEncoder(nn.Module):
    """Encode prompts into sparse tokens and a dense map.

    Parameters
    ----------
    channels : int
        Channels of every embedding.
    embedding_size : int
        Side of the image embedding in cells.
    model_size : int
        Side of the network's square input in pixels.
    mask_channels : int
        Channels inside the encoder of masks.

    Attributes
    ----------
    dense_pe : Tensor
        `(1, channels, h, w)` float32, position encoding of the image embedding's cells.
    mask_size : int
        Side of a mask prompt, four times that of the embedding.
    """

    dense_pe: Tensor

    def __init__(
        self, channels: int, embedding_size: int, model_size: int, mask_channels: int
    ) -> None:
        super().__init__()
        self.embedding_size = embedding_size
        self.model_size = model_size
        self.mask_size = 4 * embedding_size
        self.pe_layer = PositionEncoding(channels)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, channels) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, channels)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, mask_channels // 4, kernel_size=2, stride=2),
            LayerNorm2d(mask_channels // 4),
            nn.GELU(),
            nn.Conv2d(mask_channels // 4, mask_channels, kernel_size=2, stride=2),
            LayerNorm2d(mask_channels),
            nn.GELU(),
            nn.Conv2d(mask_channels, channels, kernel_size=1),
        )
        self.no_mask_embed = nn.Embedding(1, channels)
        # It depends on the weights alone, and its sines would cost a tenth of every decode.
        self.register_buffer("dense_pe", self._encode_cells(), persistent=False)
        self.register_load_state_dict_post_hook(  # type: ignore[no-untyped-call]
            _refresh_dense_pe
        )

    def _encode_cells(self) -> Tensor:
        """Encode the centres of the embedding's cells, `(1, channels, h, w)`."""
        size, matrix = self.embedding_size, self.pe_layer.positional_encoding_gaussian_matrix
        centres = (torch.arange(size, dtype=torch.float32, device=matrix.device) + 0.5) / size
        cells_yx = torch.stack(torch.meshgrid(centres, centres, indexing="ij"), dim=-1)
        cells: Tensor = self.pe_layer(cells_yx)
        return cells.detach().permute(2, 0, 1).unsqueeze(0)

    def forward(
        self,
        points: Tensor | None = None,
        labels: Tensor | None = None,
        boxes: Tensor | None = None,
        masks: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Encode the prompts of `N` objects, all with the same kinds of prompts.

        Parameters
        ----------
        points : Tensor, optional
            `(N, K, 2)` float32, (y, x) in pixels of the network's input, centres at integers.
        labels : Tensor, optional
            `(N, K)` int64, 1 include and 0 exclude; needed with ``points``.
        boxes : Tensor, optional
            `(N, 2, 2)` float32, corners (y0, x0) and (y1, x1), as ``points``.
        masks : Tensor, optional
            `(N, 1, mask_size, mask_size)` float32, logits.

        Returns
        -------
        sparse : Tensor
            `(N, T, channels)` float32, the points (with one padding token if there is no box) and
            then the two corners of the box.
        dense : Tensor
            `(N, channels, h, w)` float32, to be added to the image embedding.
        """
        count = next((len(given) for given in (points, boxes, masks) if given is not None), 1)
        device = self.no_mask_embed.weight.device
        positions = torch.zeros(count, 0, 2, device=device)
        kinds = torch.zeros(count, 0, dtype=torch.int64, device=device)
        if points is not None and labels is not None:
            positions, kinds = points, labels
            if boxes is None:
                # Training always had a box or this token behind the points.
                positions = torch.cat([positions, positions.new_zeros(count, 1, 2)], dim=1)
                kinds = torch.cat([kinds, kinds.new_full((count, 1), _PADDING)], dim=1)
        if boxes is not None:
            corners = torch.tensor([[BOX_START, BOX_END]], device=device).expand(count, -1)
            positions = torch.cat([positions, boxes], dim=1)
            kinds = torch.cat([kinds, corners], dim=1)
        return self._encode_points(positions, kinds), self._encode_masks(masks, count)

    def _encode_points(self, points_yx: Tensor, kinds: Tensor) -> Tensor:
        """Encode `(N, T, 2)` positions of `(N, T)` kinds as `(N, T, channels)` tokens."""
        positions = self.pe_layer((points_yx + 0.5) / self.model_size)
        table = torch.cat(list(self.point_embeddings.parameters()))
        tokens = positions + table[kinds.clamp(min=0)]
        is_padding = (kinds == _PADDING).unsqueeze(-1)
        return torch.where(is_padding, self.not_a_point_embed.weight, tokens)

    def _encode_masks(self, masks: Tensor | None, count: int) -> Tensor:
        """Encode mask logits, or their absence, as `(N, channels, h, w)`."""
        if masks is not None:
            dense: Tensor = self.mask_downscaling(masks)
            return dense
        size = self.embedding_size
        return self.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(count, -1, size, size)


def _refresh_dense_pe(module: nn.Module, _incompatible_keys: Any) -> None:
    """Encode the cells anew, because loading has replaced the frequencies."""
    if isinstance(module, PromptEncoder):
        module.dense_pe = module._encode_cells()
