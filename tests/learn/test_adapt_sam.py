"""Adapting a network of the SAM family: only its mask decoder learns."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_samwise import load_model
from napari_samwise.learn.adapt import adapt
from napari_samwise.learn.adapt_fit import Steps, fit_decoder
from napari_samwise.learn.adapt_lesson_sam import SamLesson
from napari_samwise.learn.adaptation import Adaptation, AdaptOptions
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import AS_IT_IS
from napari_samwise.model.build import build_sam
from napari_samwise.model.config import DecoderConfig, SamConfig, ViTConfig
from napari_samwise.model.sam import Sam
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.weights.adapted import write_adapted

OPTIONS = AdaptOptions(steps=200, prompts=2, corrections=0, box=0, learning_rate=3e-3)


def discs() -> LabelledPlane:
    """Four discs on a plane that is no square."""
    y, x = np.mgrid[:256, :300]
    labels = np.zeros((256, 300), np.int32)
    for index, (row, column) in enumerate([(50, 60), (70, 230), (190, 90), (200, 210)]):
        labels[np.hypot(y - row, x - column) < 22] = index + 1
    image = np.where(labels[..., None] > 0, 200, 50).astype(np.uint8)
    return LabelledPlane("discs", "discs", np.repeat(image, 3, 2), labels)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network as its authors would publish one."""
    encoder = ViTConfig(
        embed_dim=32, depth=2, num_heads=2, global_blocks=(1,), window_size=4, patch_size=16
    )
    decoder = DecoderConfig(mlp_dim=64, iou_head_dim=32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build_sam(SamConfig("sam", encoder, decoder, 128, 32, 8))
    path = tmp_path_factory.mktemp("weights") / "own.pt"
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def base(weights: Path) -> Sam:
    model = load_model(weights, device="cpu", precision="float32")
    assert isinstance(model, Sam)
    return model


@pytest.fixture(scope="module")
def before(base: Sam) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in base.state_dict().items()}


@pytest.fixture(scope="module")
def adapted(weights: Path, base: Sam, before: dict[str, torch.Tensor]) -> Adaptation:
    # Random weights learn these objects, but not yet what objects are: so those that are put aside
    # are among those learned from.
    return adapt([discs()] * 3, weights, OPTIONS, model=base)


def test_a_click_comes_to_mean_what_was_kept(adapted: Adaptation) -> None:
    assert adapted.is_better
    assert adapted.after.one_click > adapted.before.one_click + 0.2
    assert (adapted.learned, adapted.aside) == (9, 3)


def test_the_base_stays_as_it_is(adapted: Adaptation, base: Sam, before) -> None:
    after = base.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert base.adaptation == ""


def test_what_is_written_loads_by_its_path(adapted: Adaptation, tmp_path: Path, weights) -> None:
    path = write_adapted(adapted.weights, tmp_path / "adapted.safetensors")
    loaded = load_model(path, device="cpu", precision="float32")
    assert isinstance(loaded, Sam)
    assert loaded.digest == load_model(weights).digest
    changed = adapted.weights.tensors
    assert all(name.startswith("mask_decoder.") for name in changed)
    for name, tensor in loaded.state_dict().items():
        if name in changed:
            assert torch.equal(tensor, changed[name].float())
    plane = discs()
    predictor = Predictor(loaded)
    prompts = Prompts(points=[np.argwhere(plane.labels == 3).mean(0)])
    mask = predictor.decode(predictor.encode(plane.image, intensity=AS_IT_IS), prompts).masks[0]
    truth = plane.labels == 3
    assert (mask & truth).sum() / (mask | truth).sum() > 0.5


def test_adapting_goes_on_from_an_adapted_one(adapted: Adaptation, tmp_path: Path, weights) -> None:
    path = write_adapted(adapted.weights, tmp_path / "adapted.safetensors")
    again = adapt([discs()] * 3, path, AdaptOptions(steps=2, prompts=1))
    assert again.weights.base == str(weights)
    assert again.before.one_click == pytest.approx(adapted.after.one_click, abs=0.01)


def test_a_lesson_answers_as_the_model_does(base: Sam) -> None:
    plane = discs()
    truth = plane.labels == 3
    predictor = Predictor(base)
    embedding = predictor.encode(plane.image, intensity=AS_IT_IS)
    prompts = Prompts(points=[np.argwhere(truth).mean(0)])
    lesson = SamLesson(base, embedding.features, truth, choice=0.5)
    for first in (True, False):
        with torch.no_grad():
            answer = lesson.ask(prompts, first=first)
        expected = predictor.decode(embedding, prompts, multimask=first)
        np.testing.assert_array_equal(answer.mask(), expected.masks[0])
        np.testing.assert_allclose(answer.low_res_logits(), expected.logits[0], atol=1e-5)


@pytest.mark.parametrize("size", [(256, 300), (90, 128), (64, 30)])
def test_the_target_covers_what_the_object_does(base: Sam, size) -> None:
    truth = np.zeros(size, bool)
    truth[10:50, 5:25] = True
    features = base.encode(np.zeros((*size, 3), np.uint8))
    lesson = SamLesson(base, features, truth, choice=0.5)
    target = lesson._target(32)
    scale = 128 / max(size)
    assert float(target.sum()) * 4**2 / scale**2 == pytest.approx(truth.sum(), rel=0.03)
    assert float(target.min()) >= 0
    assert float(target.max()) <= 1 + 1e-6


def test_only_the_decoder_has_gradients(base: Sam) -> None:
    student = copy.deepcopy(base)
    # As if somebody had trained it before.
    student.requires_grad_(True)
    teacher = Predictor(student)
    features = teacher.encode(discs().image, intensity=AS_IT_IS).features
    assert not any(tensor.requires_grad for tensor in features.values())
    options = replace(OPTIONS, steps=2, corrections=0.5, box=0.5)
    steps = Steps(None, lambda: False, 2)
    fit_decoder(student, teacher, [discs()], np.random.default_rng(0), options, steps)
    touched = {name for name, each in student.named_parameters() if each.grad is not None}
    upscaling = student.mask_decoder.output_upscaling.named_parameters()
    assert touched >= {f"mask_decoder.output_upscaling.{name}" for name, _ in upscaling}
    assert all(name.startswith("mask_decoder.") for name in touched)
    assert not any(each.requires_grad for each in student.parameters())
