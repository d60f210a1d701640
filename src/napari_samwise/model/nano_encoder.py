"""The image encoder of ``nano``: a small residual network with a feature pyramid.

Dense 3 x 3 convolutions in channels-last order are, on a CPU, several times cheaper for what they
compute than the depthwise ones of mobile networks; hence a plain ResNet (He et al. 2016) with a
top-down pyramid (Lin et al. 2017). Strides 2 and 4 are handed on, so that the decoder can draw
fine outlines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from napari_samwise.errors import CheckpointError

WINDOW_PX = 192
"""Side of the square that one decoding looks at, in pixels of its level."""


@dataclass(frozen=True, slots=True)
class NanoConfig:
    """Sizes of ``nano``.

    Parameters
    ----------
    widths : tuple of int
        Channels at strides 2, 4, 8, 16 and 32.
    depths : tuple of int
        Residual blocks at those strides.
    embed_dim : int
        Channels of the image embedding, at stride 8.
    detail_dim : int
        Channels of the features at stride 4.
    fine_dim : int
        Channels of the features at stride 2.
    heads : int
        Attention heads of the decoder.
    words, spelling : int
        How many words objects are told by, and bytes of their spelling; 0 without ``WordHead``.
    """

    widths: tuple[int, int, int, int, int] = (32, 64, 112, 152, 208)
    depths: tuple[int, int, int, int, int] = (1, 2, 3, 3, 2)
    embed_dim: int = 96
    detail_dim: int = 48
    fine_dim: int = 16
    heads: int = 4
    words: int = 0
    spelling: int = 0

    @classmethod
    def from_state_dict(cls, state_dict: Mapping[str, Tensor]) -> NanoConfig:
        """Read the sizes off the shapes of weights; ``heads`` cannot be seen and is 4.

        Raises
        ------
        CheckpointError
            If these are not the weights of such a network.
        """
        widths = [_outputs(state_dict, f"encoder.stages.{i}.0.0.weight") for i in range(5)]
        depths = [_blocks(state_dict, f"encoder.stages.{i}.") for i in range(5)]
        config = cls(
            widths=(widths[0], widths[1], widths[2], widths[3], widths[4]),
            depths=(depths[0], depths[1], depths[2], depths[3], depths[4]),
            embed_dim=_outputs(state_dict, "encoder.embed.weight"),
            detail_dim=_outputs(state_dict, "encoder.lateral4.weight"),
            fine_dim=_outputs(state_dict, "encoder.lateral2.weight"),
            words=max(_length(state_dict, "words.head.2.bias") - 1, 0),
            spelling=_length(state_dict, "words.spelling"),
        )
        if config.embed_dim % (3 * config.heads):
            raise CheckpointError(
                f"The weights are of a nano with an embedding of {config.embed_dim} channels, "
                f"which is no multiple of {3 * config.heads}; give the unchanged file of a "
                "training run."
            )
        return config


def _length(state_dict: Mapping[str, Tensor], name: str) -> int:
    """Return the length of a vector that may be missing."""
    return state_dict[name].numel() if name in state_dict else 0


def _outputs(state_dict: Mapping[str, Tensor], name: str) -> int:
    shape = tuple(state_dict[name].shape) if name in state_dict else ()
    if len(shape) != 4 or shape[0] < 1:
        found = f"of shape {shape}" if name in state_dict else "missing"
        raise CheckpointError(
            f"The weights do not fit nano: {name} is {found} where a convolution should be; give "
            "the unchanged file of a training run."
        )
    return shape[0]


def _blocks(state_dict: Mapping[str, Tensor], prefix: str) -> int:
    """Count the parts of a stage after its first."""
    names = (name.removeprefix(prefix) for name in state_dict if name.startswith(prefix))
    return len({name.partition(".")[0] for name in names}) - 1


Norm = Callable[[int], nn.Module]
"""Makes the normalisation of so many channels."""


def conv_norm_act(
    inputs: int,
    outputs: int,
    kernel: int = 3,
    stride: int = 1,
    norm: Norm = nn.BatchNorm2d,
) -> nn.Sequential:
    """Return convolution, normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        norm(outputs),
        nn.ReLU(inplace=True),
    )


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a skip (He et al. 2016)."""

    def __init__(self, width: int, norm: Norm = nn.BatchNorm2d) -> None:
        super().__init__()
        self.first = conv_norm_act(width, width, norm=norm)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), norm(width))

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, h, w)` to the same shape."""
        return F.relu(x + self.second(self.first(x)))


class NanoEncoder(nn.Module):
    """From a normalised picture to features at strides 8, 4 and 2."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        stages = []
        inputs = 3
        for index, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            kernel = 5 if index == 0 else 3
            blocks = [ResidualBlock(width) for _ in range(depth)]
            stages.append(nn.Sequential(conv_norm_act(inputs, width, kernel, 2), *blocks))
            inputs = width
        self.stages = nn.ModuleList(stages)
        dim, detail = config.embed_dim, config.detail_dim
        self.lateral = nn.ModuleList(nn.Conv2d(width, dim, 1) for width in config.widths[2:])
        self.smooth16 = conv_norm_act(dim, dim)
        self.smooth8 = conv_norm_act(dim, dim)
        self.embed = nn.Conv2d(dim, dim, 1)
        self.lateral4 = nn.Conv2d(config.widths[1], detail, 1)
        self.lower8 = nn.Conv2d(dim, detail, 1)
        self.smooth4 = conv_norm_act(detail, detail)
        self.lateral2 = nn.Conv2d(config.widths[0], config.fine_dim, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode a batch.

        Parameters
        ----------
        image : Tensor
            `(B, 3, H, W)` float, normalised; H and W divisible by 32.

        Returns
        -------
        tuple of Tensor
            `(B, embed_dim, H/8, W/8)`, `(B, detail_dim, H/4, W/4)`, `(B, fine_dim, H/2, W/2)`.
        """
        features = []
        x = image
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        top = self.lateral[2](features[4])  # stride 32
        top = self.smooth16(self.lateral[1](features[3]) + _double(top))  # stride 16
        top = self.smooth8(self.lateral[0](features[2]) + _double(top))  # stride 8
        detail = self.smooth4(self.lateral4(features[1]) + _double(self.lower8(top)))  # stride 4
        return self.embed(top), detail, self.lateral2(features[0])


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
