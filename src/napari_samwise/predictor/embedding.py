"""What the encoder saw in one plane, as a value to keep and to decode any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """The features of one plane, made by :meth:`Predictor.encode`.

    Parameters
    ----------
    features : mapping of str to Tensor
        What the model's decoder needs; always with an ``"image_embedding"``.
    image_size : tuple of int
        `(Y, X)` of the plane in pixels; of a frame, its size in pixels of its plane.
    key : str
        Hexadecimal digest of the pixels after intensity, the plane's shape, and the model.
    model_digest : str
        Digest of the weights that made it; only they can decode it.
    """

    features: Mapping[str, Tensor]
    image_size: tuple[int, int]
    key: str
    model_digest: str

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the features as a plain mapping: a view of one cannot be."""
        return _restore, (dict(self.features), self.image_size, self.key, self.model_digest)

    def __repr__(self) -> str:
        """Tell what it is of, not every number."""
        shapes = ", ".join(f"{name} {tuple(t.shape)}" for name, t in self.features.items())
        return f"Embedding(image_size={self.image_size}, key={self.key[:12]!r}, {shapes})"

    @property
    def image_embedding(self) -> Tensor:
        """`(1, C, h, w)` features of the image encoder (SAM, Kirillov et al. 2023, section 3)."""
        return self.features["image_embedding"]

    @property
    def nbytes(self) -> int:
        """Size of all features in bytes."""
        return sum(t.element_size() * t.nelement() for t in self.features.values())


def _restore(
    features: dict[str, Tensor], image_size: tuple[int, int], key: str, model_digest: str
) -> Embedding:
    return Embedding(MappingProxyType(features), image_size, key, model_digest)
