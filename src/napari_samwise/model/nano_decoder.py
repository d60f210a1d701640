"""The prompt encoder and mask decoder of ``nano``.

The layout is that of Segment Anything (Kirillov et al. 2023, appendix A): prompt tokens and mask
tokens exchange information with the image embedding in two-way attention layers, and each mask
token's hypernetwork makes a mask by a dot product with upscaled features. Three things differ,
because they learn faster in a small network: prompts are also drawn as soft maps into the dense
prompt, the decoder sees one window of fixed size whatever the size of the plane, and the IoU head
looks at the mask that it judges (``nano_score.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from napari_samwise.model.nano_encoder import (
    WINDOW_PX,
    NanoConfig,
    ResidualBlock,
    conv_norm_act,
)
from napari_samwise.model.nano_score import MaskScore
from napari_samwise.model.sampling import sample_bilinear

MASKS = 4
"""Three masks for an ambiguous prompt and, first, the single one."""

EXCLUDE, INCLUDE, BOX_FIRST, BOX_SECOND, NO_POINT = 0, 1, 2, 3, 4
"""What a token of a prompt stands for; the numbers are those of Segment Anything."""

_PROMPT_MAPS = 6
_NARROW_PX, _WIDE_PX = 5.0, 24.0


@dataclass(frozen=True, slots=True, eq=False)
class WindowPrompts:
    """Prompts of several objects, each in its own window.

    Parameters
    ----------
    points : Tensor
        `(P, K, 2)` float32, (y, x) in pixels of the window, 0 is its outer edge.
    labels : Tensor
        `(P, K)` int64, one of the constants of this module.
    mask_logits : Tensor
        `(P, 1, 96, 96)` float32, an earlier mask at stride 2, or zeros.
    """

    points: Tensor
    labels: Tensor
    mask_logits: Tensor


def group_norm(channels: int) -> nn.Module:
    """Return the decoder's normalisation (Wu & He 2018).

    Not over the batch: clicks, boxes and fed-back masks make features of different statistics,
    and a prompt is decoded alone.
    """
    return nn.GroupNorm(channels // 4 if channels < 32 else 8, channels)


class Attention(nn.Module):
    """Multi-head attention that may work in a smaller inner width, as in SAM's decoder."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, inner) for _ in range(3))
        self.out = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Attend from `(P, N, C)` to `(P, M, C)`."""
        q, k, v = (
            projection(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (P, heads, N, c)
            for projection, x in ((self.query, query), (self.key, key), (self.value, value))
        )
        mixed = F.scaled_dot_product_attention(q, k, v)
        attended: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return attended


class TwoWayLayer(nn.Module):
    """Tokens to themselves, tokens to image, an MLP, image to tokens."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        inner = 2 * width // 3
        self.self_attention = Attention(width, heads, width)
        self.token_to_image = Attention(width, heads, inner)
        self.image_to_token = Attention(width, heads, inner)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))

    def forward(
        self, tokens: Tensor, image: Tensor, token_pe: Tensor, image_pe: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Update `(P, N, C)` tokens and `(P, h*w, C)` image."""
        q = tokens + token_pe
        tokens = self.norms[0](tokens + self.self_attention(q, q, tokens))
        k = image + image_pe
        tokens = self.norms[1](tokens + self.token_to_image(tokens + token_pe, k, image))
        tokens = self.norms[2](tokens + self.mlp(tokens))
        image = self.norms[3](image + self.image_to_token(k, tokens + token_pe, tokens))
        return tokens, image


class NanoDecoder(nn.Module):
    """From features of windows and prompts to mask logits and predicted IoU."""

    position_matrix: Tensor

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        dim, detail, fine = config.embed_dim, config.detail_dim, config.fine_dim
        self.register_buffer("position_matrix", torch.randn(2, dim // 2))
        self.kinds = nn.Embedding(5, dim)
        self.mask_tokens = nn.Embedding(MASKS, dim)
        self.dense = nn.Sequential(
            nn.Conv2d(_PROMPT_MAPS, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, dim, 3, 1, 1)
        )
        self.dense_detail = nn.Conv2d(_PROMPT_MAPS, detail, 3, 1, 1)
        self.layers = nn.ModuleList(TwoWayLayer(dim, config.heads) for _ in range(2))
        self.final = Attention(dim, config.heads, 2 * dim // 3)
        self.final_norm = nn.LayerNorm(dim)
        self.down = conv_norm_act(dim, dim, 3, 2, group_norm)
        self.context = nn.Sequential(*(ResidualBlock(dim, group_norm) for _ in range(2)))
        self.mix = conv_norm_act(dim, dim, norm=group_norm)
        self.up = nn.ConvTranspose2d(dim, detail, 2, 2)
        self.sharpen = nn.Sequential(
            *(conv_norm_act(detail, detail, norm=group_norm) for _ in range(2))
        )
        self.to_fine = nn.Conv2d(detail, fine, 1)
        self.fine = conv_norm_act(fine, fine, norm=group_norm)
        self.hyper = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, detail + fine + 1))
            for _ in range(MASKS)
        )
        self.score = MaskScore(detail, dim)

    def forward(
        self,
        embedding: Tensor,
        detail: Tensor,
        fine: Tensor,
        dense: Tensor,
        prompts: WindowPrompts,
    ) -> tuple[Tensor, Tensor]:
        """Decode `P` prompts, each in its own window.

        Parameters
        ----------
        embedding : Tensor
            `(P, embed_dim, 24, 24)`.
        detail : Tensor
            `(P, detail_dim, 48, 48)`.
        fine : Tensor
            `(P, fine_dim, 96, 96)`.
        dense : Tensor
            `(P, 3, 48, 48)`, what ``DenseHeads`` see; for the scores only.
        prompts : WindowPrompts
            The prompts.

        Returns
        -------
        logits : Tensor
            `(P, 4, 96, 96)` float32, the single mask first.
        predicted_iou : Tensor
            `(P, 4)` float32, 0 to 1.
        """
        side = embedding.shape[-1]
        maps = self.prompt_maps(prompts, 2 * side)  # (P, 6, 48, 48)
        x = embedding + self.dense(maps)
        image_pe = self.positions(_cell_centres(side, embedding.device)).flatten(0, 1)[None]
        tokens, token_pe = self.tokens(x, prompts)
        image = x.flatten(2).transpose(1, 2)  # (P, 576, C)
        for layer in self.layers:
            tokens, image = layer(tokens, image, token_pe, image_pe)
        tokens = self.final_norm(tokens + self.final(tokens + token_pe, image + image_pe, image))
        x = torch.unflatten(image.transpose(1, 2), 2, (side, side))
        x = x.contiguous(memory_format=torch.channels_last)
        context = F.interpolate(self.context(self.down(x)), scale_factor=2.0, mode="nearest")
        x = self.mix(x + context)
        x4 = self.sharpen(F.relu(self.up(x) + detail + self.dense_detail(maps)))  # (P, c, 48, 48)
        x2 = self.fine(
            F.interpolate(self.to_fine(x4), scale_factor=2.0, mode="nearest") + fine
        )  # (P, c, 96, 96)
        weights = torch.stack([hyper(tokens[:, i]) for i, hyper in enumerate(self.hyper)], 1)
        coarse_w, fine_w, bias = torch.split(weights, [x4.shape[1], x2.shape[1], 1], -1)
        coarse = mix_channels(coarse_w, x4)  # (P, 4, 48*48)
        coarse = F.interpolate(
            torch.unflatten(coarse, 2, (2 * side, 2 * side)).float(),
            scale_factor=2.0,
            mode="bilinear",
            align_corners=False,
        )
        logits = coarse + (mix_channels(fine_w, x2) + bias).float().reshape(coarse.shape)
        mask_tokens = tokens[:, :MASKS].float()
        scored = self.score(logits, x4.float(), mask_tokens, maps.float(), dense.detach().float())
        return logits, scored

    def tokens(self, x: Tensor, prompts: WindowPrompts) -> tuple[Tensor, Tensor]:
        """Return mask and prompt tokens `(P, 4 + K, C)` and their positions, same shape.

        A prompt's token carries what the image shows there, so that attention can look for more
        of the same.
        """
        unit = prompts.points / WINDOW_PX
        real = (prompts.labels != NO_POINT)[..., None]
        # (P, K, C)
        here = sample_bilinear(x.float(), (2 * unit - 1).flip(-1)[:, :, None])[..., 0].mT
        kinds = self.kinds(prompts.labels)
        place = torch.where(real, self.positions(unit), 0.0)
        content = kinds + torch.where(real, here, 0.0)
        first = self.mask_tokens.weight[None].expand(len(x), -1, -1)
        return torch.cat([first, content], 1), torch.cat([first, place + kinds], 1)

    def positions(self, unit: Tensor) -> Tensor:
        """Encode `(..., 2)` positions in 0 to 1 by random Fourier features (Tancik et al. 2020)."""
        angle = 2 * math.pi * ((2 * unit - 1) @ self.position_matrix)
        return torch.cat([angle.sin(), angle.cos()], -1)

    def prompt_maps(self, prompts: WindowPrompts, side: int) -> Tensor:
        """Draw prompts as `(P, 6, side, side)`: mask, include x 2, exclude x 2, box."""
        cell = WINDOW_PX / side
        centre = (torch.arange(side, device=prompts.points.device) + 0.5) * cell
        points, labels = prompts.points, prompts.labels
        away = (centre - points[..., None]) ** 2  # (P, K, 2, side)
        maps = [F.avg_pool2d(torch.tanh(prompts.mask_logits / 3), 2)[:, 0]]
        for kind in (INCLUDE, EXCLUDE):
            chosen = (labels == kind)[..., None, None]
            for width in (_NARROW_PX, _WIDE_PX):
                y, x = torch.exp(-away / (2 * width**2)).unbind(2)
                maps.append((y[..., :, None] * x[..., None, :] * chosen).amax(1))
        maps.append(_box_map(points, labels, centre, cell))
        return torch.stack(maps, 1)


def mix_channels(weights: Tensor, features: Tensor) -> Tensor:
    """Return `(P, M, h*w)` sums of `(P, C, h, w)` by `(P, M, C)`, without a copy of the features.

    They are channels-last in memory, so pixels by channels is a view.
    """
    pixels = features.permute(0, 2, 3, 1).flatten(1, 2)  # (P, h*w, C)
    # This way round, not the transposed product: it is two or three times as fast on a CPU.
    return weights @ pixels.transpose(1, 2)


def _box_map(points: Tensor, labels: Tensor, centre: Tensor, cell: float) -> Tensor:
    first = (points * (labels == BOX_FIRST)[..., None]).sum(1)  # (P, 2)
    second = (points * (labels == BOX_SECOND)[..., None]).sum(1)
    has_box = (labels == BOX_FIRST).any(1)[:, None, None]

    def cover(axis: int) -> Tensor:
        low, high = first[:, axis, None], second[:, axis, None]
        inside = torch.minimum(centre - low, high - centre) / cell + 0.5
        return inside.clamp(0, 1)

    return cover(0)[:, :, None] * cover(1)[:, None, :] * has_box


def _cell_centres(side: int, device: torch.device) -> Tensor:
    unit = (torch.arange(side, device=device) + 0.5) / side
    return torch.stack(torch.meshgrid(unit, unit, indexing="ij"), -1)  # (side, side, 2), (y, x)
