"""Shared by all tests: no display, one thread, and a model that needs no weights."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
import torch
import xxhash
from hypothesis import settings
from scipy import ndimage
from torch import Tensor, nn

from napari_samwise.errors import PromptError
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.prompts import Prompts

torch.set_num_threads(1)
settings.register_profile("suite", deadline=None, max_examples=40)
settings.load_profile("suite")


class TinyModel(SegmentationModel):
    """Segments by brightness: what is connected to the prompt and about as bright as it.

    Three candidates differ in how much brightness may differ. Deterministic, and meaningful on
    images of flat objects on a flat ground.
    """

    name = "tiny"
    digest = "tiny"
    preprocessing = "tiny-1"
    tolerances = (0.1, 0.05, 0.2)
    scores = (0.9, 0.8, 0.7)
    low_res = (64, 64)

    def __init__(self) -> None:
        super().__init__()
        self.anchor = nn.Parameter(torch.zeros(1))
        self.encoded: list[tuple[int, ...]] = []

    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        self.encoded.append(image.shape)
        planes = torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255
        return {"image_embedding": planes[None]}

    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        if prompts.text is not None:
            raise PromptError("tiny reads no text.")
        grey = features["image_embedding"][0].mean(0).numpy()
        count = 3 if multimask else 1
        masks = np.stack([self._similar(grey, prompts, t) for t in self.tolerances[:count]])
        kept = masks[:keep]
        coarse = np.stack([_resize(mask, self.low_res) for mask in masks]).astype(np.float32)
        return Decoded(
            low_res_logits=torch.from_numpy(coarse * 16 - 8)[:keep],
            predicted_iou=torch.tensor(self.scores[:count])[:keep],
            masks=torch.from_numpy(kept),
        )

    @staticmethod
    def _similar(grey: np.ndarray, prompts: Prompts, tolerance: float) -> np.ndarray:
        limits = np.array(grey.shape) - 1
        pixels = np.rint(prompts.points).astype(int).clip(0, limits)
        seeds = pixels[prompts.labels == 1].tolist()
        within = np.ones(grey.shape, dtype=bool)
        if prompts.box is not None:
            (y0, x0), (y1, x1) = np.rint(prompts.box).astype(int).clip(0, limits)
            within[:] = False
            within[y0 : y1 + 1, x0 : x1 + 1] = True
            seeds = seeds or [[(y0 + y1) // 2, (x0 + x1) // 2]]
        mask = np.zeros(grey.shape, dtype=bool)
        if not seeds and prompts.mask is not None:
            mask = _resize(prompts.mask > 0, grey.shape)
        for seed in seeds:
            mask |= _flood(grey, within, seed, tolerance)
        for seed in pixels[prompts.labels == 0].tolist():
            mask &= ~_flood(grey, within, seed, tolerance)
        return mask


def _flood(grey: np.ndarray, within: np.ndarray, seed: list[int], tolerance: float) -> np.ndarray:
    regions, _ = ndimage.label((np.abs(grey - grey[tuple(seed)]) <= tolerance) & within)
    found = regions[tuple(seed)]
    return (regions == found) & (found > 0)


def _resize(mask: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Resize to the nearest pixel, half-pixel centres; exact there and back when enlarging."""
    rows = (np.arange(size[0]) + 0.5) * mask.shape[0] // size[0]
    columns = (np.arange(size[1]) + 0.5) * mask.shape[1] // size[1]
    resized: np.ndarray = mask[np.ix_(rows.astype(int), columns.astype(int))]
    return resized


@pytest.fixture
def tiny_model() -> TinyModel:
    """A quick model without weights; ``encoded`` lists the shapes it was asked to encode."""
    return TinyModel()


@pytest.fixture(scope="session", autouse=True)
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep tests, and what is made for many of them, away from the user's folder."""
    homes = tmp_path_factory.mktemp("homes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAPARI_SAMWISE_HOME", str(homes / "shared"))
        yield homes


@pytest.fixture(autouse=True)
def _own_home(
    _homes: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Keep each test from the journals and embeddings of the others."""
    test = xxhash.xxh3_64_hexdigest(request.node.nodeid.encode())
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(_homes / test))


@pytest.fixture(scope="session")
def tiny_model_class() -> type[TinyModel]:
    """The class of ``tiny_model``, for tests that need several or their own kind."""
    return TinyModel
