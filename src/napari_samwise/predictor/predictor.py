"""From image and prompts to masks: a heavy ``encode`` once, a light ``decode`` at every click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.errors import InputError, ModelNameError, PromptError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.lattice import Frame
from napari_samwise.intensity import Intensity, resolve_intensity, validate_plane
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.content_key import content_key, digest_of
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.keyed_lock import KeyedLock
from napari_samwise.predictor.prediction import Prediction
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts
from napari_samwise.whole_numbers import check_whole


class Predictor:
    """A model with a memory of what it encoded; there is no "current image".

    ``encode`` in a worker and ``decode`` in another thread may run at the same time.

    Parameters
    ----------
    model : SegmentationModel or str or Path
        A model, put into evaluation mode; or a name or path for ``load_model``.
    store : EmbeddingStore, optional
        Where embeddings are kept; by default a new one of this predictor. One store may serve
        several predictors.

    Raises
    ------
    ModelNameError
        If no such model exists, or ``model`` is neither a model nor a name.
    """

    def __init__(
        self,
        model: SegmentationModel | str | Path = "nano",
        *,
        store: EmbeddingStore | None = None,
    ) -> None:
        self.model = _as_model(model)
        self.model.eval()
        self.store = EmbeddingStore() if store is None else store
        self._digest = digest_of(self.model)
        self._encoding = KeyedLock()

    @property
    def digest(self) -> str:
        """Digest of the model's weights."""
        return self._digest

    def encode(self, image: Any, *, intensity: Intensity | str = "auto") -> Embedding:
        """Return the embedding of a plane, from the store if the same plane was encoded before.

        Parameters
        ----------
        image : array-like
            `(Y, X)`, `(Y, X, 3)` or `(Y, X, 4)` of any real dtype, at least 16 x 16 pixels.
        intensity : Intensity or str
            How values become 8 bits; a policy's name looks at this plane alone, so resolve one
            :class:`Intensity` for all planes of a volume.

        Raises
        ------
        ImageError
            If the image is no such array, or has no finite values.
        """
        plane = _as_uint8(image, intensity)
        key = content_key(plane, self.model, self._digest)
        size = (plane.shape[0], plane.shape[1])
        return self._encode_once(key, size, lambda: self.model.encode(plane))

    def encode_frame(
        self, picture: NDArray[np.uint8] | NDArray[np.float32], frame: Frame
    ) -> Embedding:
        """Return the embedding of a frame of a larger plane, from the store if it is there.

        :class:`FramedPlane` reads the pictures and asks for the frames that prompts need.

        Parameters
        ----------
        picture : ndarray
            `(h, w, 3)` of size ``frame.size``, from 0 to 255, what the encoder shall see.
        frame : Frame
            Where it lies in the plane.
        """
        size = (frame.roi.shape[0], frame.roi.shape[1])
        key = content_key(picture, self.model, self._digest, size)
        return self._encode_once(key, size, lambda: self.model.encode_frame(picture, frame.step))

    def decode(
        self,
        embedding: Embedding,
        prompts: Prompts,
        *,
        multimask: bool = True,
        keep: int | None = None,
    ) -> Prediction:
        """Turn the prompts of one object into candidate masks, best first.

        Parameters
        ----------
        embedding : Embedding
            From ``encode`` of a predictor with the same weights.
        prompts : Prompts
            Two-dimensional, in pixels of the plane; a box partly outside is clipped.
        multimask : bool
            Three candidates for an ambiguous prompt such as a single point, or the one mask that
            SAM trains for several prompts (Kirillov et al. 2023, section 3).
        keep : int, optional
            Return only so many of the best candidates; by default all.

        Raises
        ------
        PromptError
            If the prompts point at nothing, lie outside, are not two-dimensional, or hold a text
            or a mask that this model cannot read.
        InputError
            If the embedding belongs to another model, or ``keep`` is less than 1.
        """
        self._check_embedding(embedding)
        if keep is not None:
            check_whole("keep", keep, 1)
        inside = self._check_prompts(prompts, embedding.image_size)
        device = self.model.device
        features = {name: tensor.to(device) for name, tensor in embedding.features.items()}
        with torch.inference_mode():
            decoded = self.model.decode(
                features, embedding.image_size, inside, multimask=multimask, keep=keep
            )
        return Prediction(
            masks=decoded.masks.cpu().numpy(),
            scores=decoded.predicted_iou.float().cpu().numpy(),
            logits=decoded.low_res_logits.float().cpu().numpy(),
        )

    def name_objects(self, embedding: Embedding, masks: Sequence[BoxedMask]) -> NDArray[np.float32]:
        """Tell how well each word of the model's vocabulary suits each object of a plane.

        Parameters
        ----------
        embedding : Embedding
            From ``encode`` of a predictor with the same weights.
        masks : sequence of BoxedMask
            `N` objects in pixels of the plane, none of them empty.

        Returns
        -------
        ndarray
            `(N, W)` float32, 0 to 1; columns are ``model.vocabulary``.

        Raises
        ------
        InputError
            If the embedding belongs to another model, or the model knows no words.
        """
        self._check_embedding(embedding)
        if not masks:
            return np.zeros((0, len(self.model.vocabulary)), dtype=np.float32)
        device = self.model.device
        features = {name: tensor.to(device) for name, tensor in embedding.features.items()}
        with torch.inference_mode():
            names = self.model.name_objects(features, embedding.image_size, masks)
        return names.float().cpu().numpy()

    def key_for(self, image: Any, intensity: Intensity | str = "auto") -> str:
        """Return the key that ``encode`` would give to this plane, without encoding it."""
        return content_key(_as_uint8(image, intensity), self.model, self._digest)

    def is_encoded(self, image: Any, intensity: Intensity | str = "auto") -> bool:
        """Tell whether ``encode`` would find this plane in the store."""
        return self.key_for(image, intensity) in self.store

    def find(self, key: str) -> Embedding | None:
        """Return the embedding of a key from the store, on the model's device, or None.

        What comes from the disk is kept there: to send it again for every prompt would take longer
        than to decode.
        """
        kept, device = self.store.get(key), self.model.device
        if kept is None or all(tensor.device == device for tensor in kept.features.values()):
            return kept
        features = {name: tensor.to(device) for name, tensor in kept.features.items()}
        sent = replace(kept, features=MappingProxyType(features))
        self.store.keep(sent)
        return sent

    def _encode_once(
        self, key: str, size: tuple[int, int], encode: Callable[[], Mapping[str, Tensor]]
    ) -> Embedding:
        """Return what is kept under a key, or encode it; threads wait for each other."""
        with self._encoding.hold(key):
            kept = self.find(key)
            if kept is not None:
                return kept
            with torch.inference_mode():
                features = encode()
            embedding = Embedding(MappingProxyType(dict(features)), size, key, self._digest)
            return self.store.put(embedding)

    def _check_embedding(self, embedding: Embedding) -> None:
        """Refuse what this model's decoder cannot read."""
        if not isinstance(embedding, Embedding):
            raise InputError(
                f"decode needs an Embedding, got {type(embedding).__name__}; "
                "call predictor.encode(image) first."
            )
        if embedding.model_digest != self._digest:
            raise InputError(
                f"This embedding was made by other weights than those of {self.model.name!r}; "
                "encode the image with this predictor."
            )

    def _check_prompts(self, prompts: Prompts, image_size: tuple[int, int]) -> Prompts:
        """Return the prompts with the box clipped, or say what is wrong with them."""
        if not isinstance(prompts, Prompts):
            raise PromptError(
                f"decode needs Prompts, got {type(prompts).__name__}; "
                "write Prompts(points=[(y, x)])."
            )
        return prompts.require_object().check_inside(image_size)


def _as_model(model: SegmentationModel | str | Path) -> SegmentationModel:
    """Return a model as it is, or load it by name or path."""
    if isinstance(model, SegmentationModel):
        return model
    if isinstance(model, str | Path):
        # Reading and fetching weights is not needed by those who bring a model.
        from napari_samwise.weights.load import load_model

        return load_model(model)
    raise ModelNameError(
        f"A model must be a name such as 'nano', a checkpoint's path or a loaded model, "
        f"got {type(model).__name__}."
    )


def _as_uint8(image: Any, intensity: Intensity | str) -> NDArray[np.uint8]:
    """Return what the encoder sees, `(Y, X, 3)` uint8."""
    plane, rgb = validate_plane(image)
    if not isinstance(intensity, Intensity):
        intensity = resolve_intensity(plane, intensity, rgb=rgb)
    return intensity.apply(plane)
