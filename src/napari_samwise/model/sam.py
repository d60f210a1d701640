"""Segment Anything: image encoder, prompt encoder and mask decoder put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.errors import PromptError
from napari_samwise.geometry.resize import ResizeFrame
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.model.config import SamConfig, ViTConfig
from napari_samwise.model.device import computing_in
from napari_samwise.model.distances import Distances
from napari_samwise.model.image_encoder import ImageEncoderViT
from napari_samwise.model.look import Look
from napari_samwise.model.mask_decoder import MaskDecoder
from napari_samwise.model.plane import mask_to_logits, resize_image, upscale_logits
from napari_samwise.model.prompt_encoder import INCLUDE, PromptEncoder
from napari_samwise.model.proposals import Clicks, Proposals
from napari_samwise.model.sam_proposals import SamProposals, filled_part
from napari_samwise.model.text_prompts import refuse_text
from napari_samwise.model.tiny_vit import TinyViT
from napari_samwise.model.unetr import Unetr
from napari_samwise.prompts import Prompts

# Mean and standard deviation of R, G, B in ImageNet, for values 0 to 255.
_PIXEL_MEAN = (123.675, 116.28, 103.53)
_PIXEL_STD = (58.395, 57.12, 57.375)
_MASK_THRESHOLD = 0.0


class Sam(SegmentationModel):
    """A network of the SAM family (Kirillov et al. 2023), MobileSAM's included.

    Parameters
    ----------
    config : SamConfig
        Its dimensions.
    image_encoder : ImageEncoderViT or TinyViT
        From pixels to the image embedding.
    prompt_encoder : PromptEncoder
        From prompts to embeddings.
    mask_decoder : MaskDecoder
        From embeddings to masks.

    Attributes
    ----------
    instance_decoder : Unetr or None
        micro-sam's second decoder, which needs no prompts; set where one is loaded.
    """

    preprocessing = "sam-1"
    decoder_part = "mask_decoder"
    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(
        self,
        config: SamConfig,
        image_encoder: ImageEncoderViT | TinyViT,
        prompt_encoder: PromptEncoder,
        mask_decoder: MaskDecoder,
    ) -> None:
        super().__init__()
        self.name = config.name
        self.config = config
        self.image_encoder = image_encoder
        self.prompt_encoder = prompt_encoder
        self.mask_decoder = mask_decoder
        self.instance_decoder: Unetr | None = None
        # On the CPU also when the network is built on "meta", because no file fills them later.
        for name, values in (("pixel_mean", _PIXEL_MEAN), ("pixel_std", _PIXEL_STD)):
            value = torch.tensor(values, device="cpu").view(3, 1, 1)
            self.register_buffer(name, value, persistent=False)

    @classmethod
    def from_config(cls, config: SamConfig) -> Sam:
        """Build a network with untrained weights."""
        channels, encoder = config.embedding_dim, config.image_encoder
        return cls(
            config,
            ImageEncoderViT(encoder, config.model_size, channels)
            if isinstance(encoder, ViTConfig)
            else TinyViT(encoder, channels),
            PromptEncoder(channels, config.embedding_size, config.model_size, config.mask_channels),
            MaskDecoder(channels, config.decoder),
        )

    def preprocess(self, image: NDArray[np.uint8]) -> Tensor:
        """Scale, normalise and pad one plane.

        Parameters
        ----------
        image : ndarray
            `(Y, X, 3)` uint8.

        Returns
        -------
        Tensor
            `(1, 3, S, S)` float32 on the model's device, with zeros at the bottom and right.
        """
        frame = self._frame((image.shape[0], image.shape[1]))
        pixels = torch.from_numpy(resize_image(image, frame)).to(self.device)
        normalised = (pixels.permute(2, 0, 1).float() - self.pixel_mean) / self.pixel_std
        height, width = frame.input_size
        padding = (0, frame.model_size - width, 0, frame.model_size - height)
        return F.pad(normalised, padding).unsqueeze(0)

    def encode(self, image: NDArray[np.uint8]) -> dict[str, Tensor]:
        """Compute the image embedding, `(1, C, h, w)` float32; see the base class."""
        pixels = self.preprocess(image)
        with computing_in(self.device, self.precision):
            embedding: Tensor = self.image_encoder(pixels)
        return {"image_embedding": embedding.float()}

    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        """Turn prompts into candidate masks; see the base class.

        Raises
        ------
        PromptError
            If the prompts hold text, or a mask that is neither of the image's size nor this
            network's logits.
        """
        frame = self._frame(image_size)
        logits, predicted_iou = self._draw(features, frame, prompts, multimask, keep)
        masks = upscale_logits(logits, frame) > _MASK_THRESHOLD
        return Decoded(logits, predicted_iou, masks)

    def logits_grid(self, image_size: tuple[int, int], step: int) -> tuple[tuple[int, int], float]:
        """Logits lie over the network's whole square; see the base class."""
        size = self.prompt_encoder.mask_size
        return (size, size), max(image_size) / size

    def propose(self, looks: Sequence[Look], *, multimask: bool) -> list[Proposals]:
        """Decode the prompts in each frame and upscale nothing; see the base class."""
        return [self._propose(look, multimask) for look in looks]

    def _propose(self, look: Look, multimask: bool) -> SamProposals:
        frame = self._frame(look.image_size)
        squares, predicted_iou = self._draw(
            look.features, frame, look.prompts_inside, multimask, None
        )
        return SamProposals(
            filled_part(squares, frame),
            predicted_iou,
            torch.zeros(len(predicted_iou), dtype=torch.int64, device=self.device),
            float(predicted_iou.max()),
            squares,
            frame,
        )

    def _draw(
        self,
        features: Mapping[str, Tensor],
        frame: ResizeFrame,
        prompts: Prompts,
        multimask: bool,
        keep: int | None,
    ) -> tuple[Tensor, Tensor]:
        """Return the logits `(N, s, s)` and predicted IoU `(N,)` of one object's masks."""
        refuse_text(prompts, self.name)
        sparse, dense = self._encode_prompts(prompts, frame)
        logits, predicted_iou = self.mask_decoder(
            features["image_embedding"].to(self.device, torch.float32),
            self.prompt_encoder.dense_pe,
            sparse,
            dense,
            multimask=multimask,
            keep=keep,
        )
        return logits[0], predicted_iou[0]

    def draw_squares(
        self, features: Mapping[str, Tensor], image_size: tuple[int, int], prompts: Prompts
    ) -> tuple[Tensor, Tensor]:
        """Draw the single mask and all candidates, in the order of their tokens, to learn from.

        Parameters
        ----------
        features : mapping of str to Tensor
            What ``encode`` returned.
        image_size : tuple of int
            `(Y, X)` of the plane that was encoded.
        prompts : Prompts
            Two-dimensional and already checked against ``image_size``.

        Returns
        -------
        low_res_logits : Tensor
            `(1 + M, s, s)` float32 over the network's whole square, with gradients.
        predicted_iou : Tensor
            `(1 + M,)` float32.
        """
        sparse, dense = self._encode_prompts(prompts, self._frame(image_size))
        embedding = features["image_embedding"].to(self.device, torch.float32)
        tokens, cells = self.mask_decoder.attend(
            embedding, self.prompt_encoder.dense_pe, sparse, dense
        )
        height, width = embedding.shape[-2:]
        logits = self.mask_decoder.draw(tokens, cells, (height, width), multimask=None)
        return logits[0], self.mask_decoder.score(tokens, multimask=None)[0]

    @property
    def clicks_per_batch(self) -> int:
        """Few on a CPU: the cells of one prompt alone fill its cache (4 MB at full size)."""
        return 4 if self.device.type == "cpu" else 64

    def decode_clicks(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        clicks: Clicks,
        *,
        min_iou: float = 0.0,
    ) -> SamProposals:
        """Decode a batch of clicks; those without a promising mask are not even drawn.

        See the base class.
        """
        frame = self._frame(image_size)
        points = self._to_tensor(frame.to_model(clicks.points))[0].unsqueeze(1)  # (N, 1, 2)
        labels = torch.full(points.shape[:2], INCLUDE, device=self.device)
        sparse, dense = self.prompt_encoder(points, labels)
        embedding = features["image_embedding"].to(self.device, torch.float32)
        tokens, cells = self.mask_decoder.attend(
            # All clicks share the embedding of "no mask", so one copy of the cells is enough.
            embedding,
            self.prompt_encoder.dense_pe,
            sparse,
            dense[:1],
        )
        predicted_iou = self.mask_decoder.score(tokens, multimask=True)  # (N, 3)
        good = predicted_iou >= min_iou
        drawn = good.any(dim=1)
        height, width = embedding.shape[-2:]
        logits = self.mask_decoder.draw(
            tokens[drawn], cells[drawn], (height, width), multimask=True
        )
        squares = logits[good[drawn]]  # (M, s, s)
        return SamProposals(
            filled_part(squares, frame),
            predicted_iou[good],
            torch.nonzero(good)[:, 0],
            float(predicted_iou.max()),
            squares,
            frame,
        )

    @property
    def has_distances(self) -> bool:
        """Whether there is an instance decoder."""
        return self.instance_decoder is not None

    def find_distances(
        self, features: Mapping[str, Tensor], image_size: tuple[int, int]
    ) -> Distances:
        """Run the instance decoder and scale its maps to the plane; see the base class."""
        if self.instance_decoder is None:
            return super().find_distances(features, image_size)
        embedding = features["image_embedding"].to(self.device, torch.float32)
        maps = upscale_logits(self.instance_decoder(embedding)[0], self._frame(image_size))
        return Distances(*maps)

    def _frame(self, image_size: tuple[int, int]) -> ResizeFrame:
        """Return the frame of a plane of that size in this network."""
        return ResizeFrame(image_size, self.config.model_size)

    def _encode_prompts(self, prompts: Prompts, frame: ResizeFrame) -> tuple[Tensor, Tensor]:
        """Return the sparse and dense embeddings of one object's prompts."""
        points = labels = boxes = masks = None
        if len(prompts.points):
            points = self._to_tensor(frame.to_model(prompts.points))
            labels = torch.from_numpy(prompts.labels.astype(np.int64)).to(self.device).unsqueeze(0)
        if prompts.box is not None:
            boxes = self._to_tensor(frame.to_model(prompts.box))
        if prompts.mask is not None:
            masks = self._to_tensor(self._read_mask(prompts.mask, frame)).unsqueeze(0)
        sparse, dense = self.prompt_encoder(points, labels, boxes, masks)
        return sparse, dense

    def _to_tensor(self, values: NDArray[np.floating]) -> Tensor:
        """Copy to the model's device as float32, with a batch axis in front."""
        return torch.from_numpy(values.astype(np.float32)).to(self.device).unsqueeze(0)

    def _read_mask(
        self, mask: NDArray[np.float32] | NDArray[np.bool_], frame: ResizeFrame
    ) -> NDArray[np.float32]:
        """Return mask logits of this network's size from either kind of mask prompt."""
        size = self.prompt_encoder.mask_size
        if mask.dtype == bool:
            if mask.shape != frame.image_size:
                raise PromptError(
                    f"A bool mask must have the image's size {frame.image_size}, "
                    f"got {mask.shape}; crop or pad it."
                )
            return mask_to_logits(mask.astype(np.bool_), size)
        if mask.shape != (size, size):
            raise PromptError(
                f"Mask logits for the model {self.name!r} must have the size {(size, size)}, "
                f"got {mask.shape}; pass prediction.logits[i] of the same model, or a bool mask "
                "in image pixels."
            )
        return mask.astype(np.float32)
