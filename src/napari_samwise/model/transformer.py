"""The two-way transformer of SAM: tokens read the image, and the image reads the tokens.

Kirillov et al. 2023, appendix A, figure 14. Parameter names are those of the published
checkpoints.
"""

from __future__ import annotations

from torch import Tensor, nn

from napari_samwise.model.config import DecoderConfig
from napari_samwise.model.cross_attention import Attention
from napari_samwise.model.layers import FeedForward


class TwoWayBlock(nn.Module):
    """Self-attention of the tokens, tokens to image, feed-forward, image to tokens.

    Parameters
    ----------
    dim : int
        Channels of tokens and cells.
    config : DecoderConfig
        Dimensions of the decoder.
    is_first : bool
        The first block starts from the tokens themselves: no position encoding is added to them
        once more, and its self-attention has no residual.
    """

    def __init__(self, dim: int, config: DecoderConfig, is_first: bool) -> None:
        super().__init__()
        heads, downsample, eps = config.num_heads, config.attention_downsample, config.norm_eps
        self.is_first = is_first
        self.self_attn = Attention(dim, heads)
        self.norm1 = nn.LayerNorm(dim, eps=eps)
        self.cross_attn_token_to_image = Attention(dim, heads, downsample)
        self.norm2 = nn.LayerNorm(dim, eps=eps)
        self.mlp = FeedForward(dim, config.mlp_dim, nn.ReLU())
        self.norm3 = nn.LayerNorm(dim, eps=eps)
        self.norm4 = nn.LayerNorm(dim, eps=eps)
        self.cross_attn_image_to_token = Attention(dim, heads, downsample)

    def forward(
        self, tokens: Tensor, cells: Tensor, token_pe: Tensor, cell_pe: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Update tokens `(N, T, C)` and cells `(N or 1, L, C)`, given their encodings."""
        if self.is_first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + token_pe
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)

        placed_cells = cells + cell_pe
        read = self.cross_attn_token_to_image.read_image(tokens + token_pe, placed_cells, cells)
        tokens = self.norm2(tokens + read)
        tokens = self.norm3(tokens + self.mlp(tokens))

        written = self.cross_attn_image_to_token.write_image(
            placed_cells, tokens + token_pe, tokens
        )
        return tokens, self.norm4(cells + written)


class TwoWayTransformer(nn.Module):
    """Stack of two-way blocks, and a last look of the tokens at the image.

    Parameters
    ----------
    dim : int
        Channels of tokens and cells.
    config : DecoderConfig
        Dimensions of the decoder.
    """

    def __init__(self, dim: int, config: DecoderConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayBlock(dim, config, is_first=index == 0) for index in range(config.depth)
        )
        self.final_attn_token_to_image = Attention(
            dim, config.num_heads, config.attention_downsample
        )
        self.norm_final_attn = nn.LayerNorm(dim)

    def forward(self, tokens: Tensor, cells: Tensor, cell_pe: Tensor) -> tuple[Tensor, Tensor]:
        """Let tokens and image exchange what they know.

        Parameters
        ----------
        tokens : Tensor
            `(N, T, C)`; they serve as their own position encoding too.
        cells : Tensor
            `(N or 1, L, C)`, one embedding for each prompt or one for all.
        cell_pe : Tensor
            `(1, L, C)`, position encoding of the cells.

        Returns
        -------
        tokens : Tensor
            `(N, T, C)`.
        cells : Tensor
            `(N, L, C)`.
        """
        token_pe = tokens
        for layer in self.layers:
            tokens, cells = layer(tokens, cells, token_pe, cell_pe)
        read = self.final_attn_token_to_image.read_image(tokens + token_pe, cells + cell_pe, cells)
        return self.norm_final_attn(tokens + read), cells
