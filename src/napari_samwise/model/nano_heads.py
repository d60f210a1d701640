"""Dense predictions of ``nano`` from its features at stride 4: foreground, depth, size."""

from __future__ import annotations

from torch import Tensor, nn


class DenseHeads(nn.Module):
    """What every pixel belongs to, without any prompt.

    Foreground (a logit), relative depth inside the object (0 at its border, 1 at its deepest
    point) and the object's size (base-2 logarithm of the square root of its area over 32 px).
    They teach the encoder in training and seed automatic segmentation.
    """

    def __init__(self, detail_dim: int) -> None:
        super().__init__()
        self.predict = nn.Sequential(
            nn.Conv2d(detail_dim, detail_dim, 3, 1, 1), nn.ReLU(), nn.Conv2d(detail_dim, 3, 1)
        )

    def forward(self, detail: Tensor) -> Tensor:
        """Map `(B, detail_dim, h, w)` to `(B, 3, h, w)`."""
        predicted: Tensor = self.predict(detail)
        return predicted
