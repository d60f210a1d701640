"""The dimensions of a SAM network as frozen values; the defaults are the published ones."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ViTConfig:
    """Dimensions of the plain vision transformer of SAM (Li et al. 2022, ViTDet).

    Parameters
    ----------
    embed_dim : int
        Channels of a token.
    depth : int
        Number of blocks.
    num_heads : int
        Attention heads of a block.
    global_blocks : tuple of int
        Indices of the blocks in which every token sees all others.
    window_size : int
        Side of the windows, in tokens, in all other blocks.
    patch_size : int
        Side of a patch in pixels.
    mlp_ratio : float
        Width of the feed-forward layers over ``embed_dim``.
    """

    embed_dim: int
    depth: int
    num_heads: int
    global_blocks: tuple[int, ...]
    window_size: int = 14
    patch_size: int = 16
    mlp_ratio: float = 4.0

    @property
    def stride(self) -> int:
        """Pixels of the input for one cell of the embedding, per axis."""
        return self.patch_size


@dataclass(frozen=True, slots=True)
class TinyViTConfig:
    """Dimensions of TinyViT (Wu et al. 2022) as MobileSAM (Zhang et al. 2023) uses it.

    Parameters
    ----------
    embed_dims : tuple of int
        Channels of each stage.
    depths : tuple of int
        Blocks of each stage; the first stage is convolutional.
    num_heads : tuple of int
        Attention heads of each stage; the first entry is not used.
    window_sizes : tuple of int
        Side of the attention windows of each stage; the first entry is not used.
    merge_strides : tuple of int
        Stride of the merging after each stage but the last. MobileSAM does not halve the last
        one, so that the embedding is 64 x 64 as in SAM.
    expand_ratio : int
        Widening inside the convolutional blocks.
    mlp_ratio : int
        Width of the feed-forward layers over the channels.
    num_classes : int
        Outputs of the ImageNet head, which SAM never runs but the published file holds; 0 for
        none.
    """

    embed_dims: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    num_heads: tuple[int, ...] = (2, 4, 5, 10)
    window_sizes: tuple[int, ...] = (7, 7, 14, 7)
    merge_strides: tuple[int, ...] = (2, 2, 1)
    expand_ratio: int = 4
    mlp_ratio: int = 4
    num_classes: int = 1000

    @property
    def stride(self) -> int:
        """Pixels of the input for one cell of the embedding, per axis."""
        stride = 4
        for step in self.merge_strides:
            stride *= step
        return stride


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """Dimensions of the mask decoder.

    Parameters
    ----------
    depth : int
        Blocks of the two-way transformer.
    num_heads : int
        Attention heads of a block.
    mlp_dim : int
        Width of its feed-forward layers.
    attention_downsample : int
        Channels of the embedding over channels inside the cross-attention.
    num_candidates : int
        Masks for an ambiguous prompt, beside the single one.
    iou_head_depth, iou_head_dim : int
        Layers and width of the IoU prediction head.
    norm_eps : float
        Epsilon of the transformer blocks' layer norms: 1e-5 in the official code, 1e-6 in Hugging
        Face's ``SamModel``. It matters for untrained weights only.
    """

    depth: int = 2
    num_heads: int = 8
    mlp_dim: int = 2048
    attention_downsample: int = 2
    num_candidates: int = 3
    iou_head_depth: int = 3
    iou_head_dim: int = 256
    norm_eps: float = 1e-5


@dataclass(frozen=True, slots=True)
class SamConfig:
    """Dimensions of a whole network: image encoder, prompt encoder, mask decoder.

    Parameters
    ----------
    name : str
        Name of the architecture, e.g. ``"vit_b"``.
    image_encoder : ViTConfig or TinyViTConfig
        The image encoder, which is all in which the published networks differ.
    decoder : DecoderConfig
        The mask decoder.
    model_size : int
        Side of the square input in pixels.
    embedding_dim : int
        Channels of the image embedding and of the prompt embeddings.
    mask_channels : int
        Channels inside the encoder of mask prompts.
    """

    name: str
    image_encoder: ViTConfig | TinyViTConfig
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    model_size: int = 1024
    embedding_dim: int = 256
    mask_channels: int = 16

    @property
    def embedding_size(self) -> int:
        """Side of the square image embedding in cells, 64 for the published models."""
        return self.model_size // self.image_encoder.stride
