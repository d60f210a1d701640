"""Seeded choices: every random number of a scene comes from here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

Item = TypeVar("Item")

_HOST = torch.device("cpu")


class Draw:
    """A source of random numbers and tensors.

    All of them are drawn on the CPU, by one generator, and then moved: a seed gives the same scene
    on every device, up to rounding.

    Parameters
    ----------
    seed : int
        From 0 to 2**64 - 1; PyTorch's CPU generator tells seeds apart by their lower 32 bits alone.
    device : str or torch.device
        Where the tensors go.
    """

    def __init__(self, seed: int, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)
        self._generator = torch.Generator(_HOST).manual_seed(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Return a float32 tensor of this shape, uniform in [low, high)."""
        numbers = torch.rand(shape, generator=self._generator, device=_HOST) * (high - low) + low
        return numbers.to(self.device)

    def log_uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Return a float32 tensor of this shape whose logarithm is uniform."""
        return self.uniform(math.log(low), math.log(high), *shape).exp()

    def normal(self, *shape: int) -> Tensor:
        """Return a float32 tensor of this shape, of zero mean and unit spread."""
        return torch.randn(shape, generator=self._generator, device=_HOST).to(self.device)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Return an int64 tensor of this shape, from low to high - 1."""
        numbers = torch.randint(low, high, shape, generator=self._generator, device=_HOST)
        return numbers.to(self.device)

    def poisson(self, rates: Tensor) -> Tensor:
        """Return counts of these rates: exact below 30, of a normal distribution above.

        Parameters
        ----------
        rates : Tensor
            Any shape, float32, not negative.
        """
        rates = rates.cpu()
        counts = (
            rates + rates.sqrt() * torch.randn(rates.shape, generator=self._generator, device=_HOST)
        ).round()
        few = rates < 30
        counts[few] = torch.poisson(rates[few], generator=self._generator)
        return counts.clamp_(min=0).to(self.device)

    def permutation(self, count: int) -> Tensor:
        """Return the int64 numbers from 0 to count - 1 in random order."""
        order = torch.randperm(count, generator=self._generator, device=_HOST)
        return order.to(self.device)

    def number(self, low: float, high: float) -> float:
        """Return one number, uniform in [low, high)."""
        return low + (high - low) * self._fraction()

    def log_number(self, low: float, high: float) -> float:
        """Return one number whose logarithm is uniform."""
        return math.exp(self.number(math.log(low), math.log(high)))

    def gauss(self, sigma: float = 1.0) -> float:
        """Return one number of zero mean and this spread."""
        return sigma * float(torch.randn((), generator=self._generator, device=_HOST))

    def whole(self, low: int, high: int) -> int:
        """Return one whole number from low to high - 1."""
        return low + int(self._fraction() * (high - low))

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._fraction() < probability

    def pick(self, items: Sequence[Item], weights: Sequence[float] | None = None) -> Item:
        """Return one of the items; without weights each is as likely."""
        if weights is None:
            return items[self.whole(0, len(items))]
        left = self._fraction() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def _fraction(self) -> float:
        part = torch.rand((), generator=self._generator, dtype=torch.float64, device=_HOST)
        return float(part)
