"""Movies of textured discs that move, divide, cross and leave, with exact truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Disc:
    """A disc from ``begin`` to ``end`` (included); its centre is that of frame ``begin``."""

    centre: tuple[float, float]
    velocity: tuple[float, float]
    radius: float
    grey: float
    begin: int = 0
    end: int = 10**6

    def at(self, t: int) -> np.ndarray:
        return np.array(self.centre) + (t - self.begin) * np.array(self.velocity)


@dataclass(frozen=True)
class SyntheticMovie:
    image: np.ndarray
    labels: np.ndarray

    def iou(self, labels: np.ndarray, true: int, label: int, frame: int) -> float:
        a, b = self.labels[frame] == true, labels[frame] == label
        return float((a & b).sum() / max(1, (a | b).sum()))

    def shuffled(self, seed: int = 0) -> np.ndarray:
        """Return the truth with other numbers on each frame."""
        generator = np.random.default_rng(seed)
        mixed = np.zeros_like(self.labels)
        for t, frame in enumerate(self.labels):
            ids = np.unique(frame[frame > 0])
            for label, number in zip(ids, generator.permutation(len(ids)) + 1, strict=True):
                mixed[t][frame == label] = number
        return mixed


def draw(discs: dict[int, Disc], frames: int, size: tuple[int, int]) -> SyntheticMovie:
    """Paint discs, later ones on top; their texture moves with them."""
    generator = np.random.default_rng(1)
    ground = 0.1 + 0.02 * generator.random(size)
    image = np.repeat(ground[None], frames, axis=0)
    labels = np.zeros((frames, *size), dtype=np.int32)
    grid = np.stack(np.indices(size), axis=-1)
    for label, disc in discs.items():
        texture = generator.random((8, 8))
        for t in range(disc.begin, min(disc.end + 1, frames)):
            offset = grid - disc.at(t)
            inside = np.linalg.norm(offset, axis=-1) <= disc.radius
            cell = np.floor(offset[inside] / 3).astype(int) % 8
            image[t][inside] = disc.grey + 0.06 * texture[cell[:, 0], cell[:, 1]]
            labels[t][inside] = label
    return SyntheticMovie((image * 255).astype(np.uint8), labels)


@pytest.fixture(scope="session")
def moving() -> SyntheticMovie:
    """Three discs that move 3 to 5 pixels a frame, each brighter than the last."""
    discs = {
        1: Disc((20, 20), (3, 2), 9, 0.4),
        2: Disc((20, 70), (1, -3), 8, 0.6),
        3: Disc((70, 60), (-2, -4), 10, 0.85),
    }
    return draw(discs, 6, (96, 96))


@pytest.fixture(scope="session")
def crossing() -> SyntheticMovie:
    """A bright disc that passes over a darker one and hides at most two thirds of it."""
    discs = {
        1: Disc((30, 20), (1, 6), 10, 0.45),
        2: Disc((45, 80), (-1, -6), 10, 0.8),
    }
    return draw(discs, 10, (80, 100))


@pytest.fixture(scope="session")
def dividing() -> SyntheticMovie:
    """A disc, 1, that becomes 3 and 4 on frame 3, beside one, 2, that only moves."""
    discs = {
        1: Disc((40, 40), (1, 1), 12, 0.7, end=2),
        2: Disc((80, 80), (-1, -2), 10, 0.45),
        3: Disc((43, 33), (0, -1), 8.5, 0.7, begin=3),
        4: Disc((43, 53), (0, 1), 8.5, 0.7, begin=3),
    }
    return draw(discs, 7, (104, 104))


@pytest.fixture(scope="session")
def drawn() -> Callable[..., SyntheticMovie]:
    """Draw a movie: id -> keywords of a disc, number of frames, size."""

    def make(discs: dict[int, dict[str, object]], frames: int, size=(80, 80)) -> SyntheticMovie:
        return draw({label: Disc(**one) for label, one in discs.items()}, frames, size)

    return make
