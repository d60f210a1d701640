"""On a device that is elsewhere everything works, and the answers are those of a CPU."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.data import coins

import napari_samwise as sw
from napari_samwise.learn.adapt import adapt
from napari_samwise.learn.adaptation import Adaptation, AdaptOptions
from napari_samwise.learn.checkpoint import TrainingState
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.feed import Feed, FeedOptions
from napari_samwise.learn.train import TrainOptions, train_step
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.build import build_sam
from napari_samwise.model.config import DecoderConfig, SamConfig, TinyViTConfig, ViTConfig
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.model.nano_levels import LONGEST_PX
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts

COINS: NDArray[np.uint8] = coins()
CLICK = Prompts(points=[(127, 153)])
BOX = Prompts(box=(100, 100, 160, 190))
STACK = np.stack([COINS[40:240, 40:240]] * 3)
IN_STACK, IN_MOVIE = Prompts(points=[(1, 87, 113)]), Prompts(points=[(0, 87, 113)])

PROMPTS = {
    "click": CLICK,
    "box": BOX,
    "clicks": Prompts(points=[(127, 153), (10, 10)], labels=[1, 0]),
    "click and box": Prompts(points=[(127, 153)], box=(100, 100, 160, 190)),
    "outline": Prompts(mask=np.pad(np.ones((40, 40), bool), ((100, 163), (130, 214)))),
}

WHOLE: dict[str, Callable[[Predictor], NDArray[np.int32]]] = {
    "objects": lambda predictor: sw.segment(COINS, {1: CLICK, 2: BOX}, model=predictor),
    "everything": lambda predictor: sw.segment_everything(COINS, predictor),
    "volume": lambda predictor: sw.segment_volume(STACK, {1: IN_STACK}, model=predictor).labels,
    "track": lambda predictor: (
        sw.track(STACK, {1: Prompts(points=[(0, 87, 113)])}, predictor).labels
    ),
}


def nano() -> SegmentationModel:
    return sw.load_model("nano", device="cpu")


def sam(encoder: ViTConfig | TinyViTConfig) -> SegmentationModel:
    """A network with random weights."""
    decoder = DecoderConfig(mlp_dim=64, iou_head_dim=32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build_sam(SamConfig("sam", encoder, decoder, 128, 32, 8))
    model.digest = "random"
    return model


def sam_vit() -> SegmentationModel:
    return sam(ViTConfig(embed_dim=32, depth=2, num_heads=2, global_blocks=(1,), window_size=4))


def sam_tiny_vit() -> SegmentationModel:
    sizes = TinyViTConfig((16, 32, 40, 320), (1, 1, 1, 1), (1, 2, 2, 10), num_classes=0)
    return sam(sizes)


MODELS = pytest.mark.parametrize("make", [nano, sam_vit, sam_tiny_vit])


def test_the_device_refuses_what_a_gpu_refuses(far: torch.device) -> None:
    there, here = torch.ones(3).to(far), torch.ones(3)
    assert torch.equal((there * 2).cpu(), here * 2)
    with pytest.raises(RuntimeError, match="two devices"):
        there + here
    with pytest.raises(TypeError, match="no array"):
        np.asarray(there)
    with pytest.raises(TypeError, match="no float64"):
        there.double()
    with pytest.raises(NotImplementedError, match="missing"):
        torch.nn.functional.grid_sample(
            torch.ones(1, 1, 2, 2).to(far),
            torch.zeros(1, 1, 1, 2).to(far),
            padding_mode="border",
            align_corners=False,
        )


@MODELS
def test_prompts_are_answered_there_as_here(
    make: Callable[[], SegmentationModel], far: torch.device
) -> None:
    here, there = Predictor(make()), Predictor(make().to(far))
    assert there.model.device == far
    before, after = here.encode(COINS), there.encode(COINS)
    logits = here.decode(before, CLICK).logits[0]
    again = Prompts(points=[(127, 153), (140, 150)], mask=logits)
    for name, prompts in (PROMPTS | {"fed back": again}).items():
        for multimask in (True, False):
            expected = here.decode(before, prompts, multimask=multimask)
            found = there.decode(after, prompts, multimask=multimask)
            np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4, err_msg=name)
            np.testing.assert_allclose(found.logits, expected.logits, atol=1e-3, err_msg=name)
            # A logit of 0 may fall on either side.
            assert np.mean(found.masks != expected.masks) < 1e-4, name


@pytest.mark.parametrize("name", WHOLE)
@MODELS
def test_whole_images_are_segmented_there_as_here(
    make: Callable[[], SegmentationModel], name: str, far: torch.device
) -> None:
    expected = WHOLE[name](Predictor(make()))
    found = WHOLE[name](Predictor(make().to(far)))
    assert np.mean(found != expected) < 1e-4
    assert make is not nano or expected.any()


def test_large_planes_and_words_work_there(far: torch.device) -> None:
    here, there = Predictor(nano()), Predictor(nano().to(far))
    large = np.tile(COINS, (7, 6))
    assert min(large.shape) > LONGEST_PX
    for work in (
        lambda predictor: sw.segment(large, {1: CLICK}, model=predictor),
        lambda predictor: sw.segment_text(COINS, "round things", predictor),
        # Encoded at once, a large plane is shrunk.
        lambda predictor: predictor.decode(predictor.encode(large), CLICK).masks[0],
    ):
        expected = work(here)
        assert expected.any()
        np.testing.assert_array_equal(work(there), expected)


def test_embeddings_from_disk_are_of_use_there(
    far: torch.device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store() -> EmbeddingStore:
        return EmbeddingStore(disk=DiskStore(tmp_path))

    model = nano().to(far)
    first = Predictor(model, store=store()).encode(COINS)
    second = Predictor(model, store=store())
    monkeypatch.setattr(model, "encode", None)
    again = second.encode(COINS)
    assert again.key == first.key
    # Not sent again for every prompt.
    assert all(part.device == far for part in again.features.values())
    assert second.encode(COINS) is again
    np.testing.assert_array_equal(
        second.decode(again, CLICK).masks, second.decode(first, CLICK).masks
    )


def _adapted(model: SegmentationModel, base: str) -> Adaptation:
    labels = np.zeros(COINS.shape, np.int32)
    for index, (y, x) in enumerate([(y, x) for y in (50, 120, 180, 250) for x in (60, 160, 260)]):
        labels[y - 20 : y + 20, x - 20 : x + 20] = index + 1
    plane = LabelledPlane("squares", "squares", np.repeat(COINS[..., None], 3, 2), labels)
    return adapt([plane], base, AdaptOptions(steps=3, prompts=2), model=model)


@pytest.mark.parametrize("make", [nano, sam_vit])
def test_a_decoder_is_adapted_there_as_here(
    make: Callable[[], SegmentationModel], far: torch.device, tmp_path: Path
) -> None:
    base = "nano"
    if make is not nano:
        base = str(tmp_path / "sam.pt")
        torch.save(make().state_dict(), base)
    expected, found = _adapted(make(), base), _adapted(make().to(far), base)
    assert found.before == pytest.approx(expected.before)
    for name, tensor in expected.weights.tensors.items():
        torch.testing.assert_close(found.weights.tensors[name], tensor, atol=2e-3, rtol=1e-2)


def test_a_step_of_training_is_the_same_there(
    far: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_samwise.learn.step.choose_precision", lambda _: torch.float32)
    config = NanoConfig((8, 8, 8, 16, 16), (1, 1, 1, 1, 1), 24, 16, 16, heads=2)
    options = TrainOptions(steps=100, warmup=1, rounds=(0.0, 0.0, 1.0))
    batch = next(islice(Feed([], FeedOptions(images=2, objects=2, scene_px=96), seed=1), 1))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Nano(config).train()

    def losses(model: Nano) -> list[float]:
        average = {name: value.detach().clone() for name, value in model.state_dict().items()}
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
        state = TrainingState(model, average, optimiser)
        rng = np.random.default_rng(0)
        return [train_step(state, batch, rng, options)["loss"].item() for _ in range(2)]

    there = copy.deepcopy(model).to(far)
    expected = losses(model)
    assert expected[1] < expected[0]
    assert losses(there) == pytest.approx(expected, rel=1e-4)
