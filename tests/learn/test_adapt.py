"""Adapting: it learns what is meant, promises what it measured, and leaves the base as it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from napari_samwise import load_model
from napari_samwise.batch.model_identity import identify_model
from napari_samwise.cli.main import cli
from napari_samwise.errors import Cancelled, CheckpointError, InputError, ModelNameError
from napari_samwise.learn import adapt as adapt_module
from napari_samwise.learn.adapt import adapt
from napari_samwise.learn.adaptation import Adaptation, AdaptOptions, AdaptScores
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import AS_IT_IS, iou
from napari_samwise.predictor.content_key import identity_of
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts
from napari_samwise.weights.adapted import AdaptedWeights, read_adapted, write_adapted
from napari_samwise.weights.adapted_models import new_adapted_path

SHORT = AdaptOptions(steps=4, prompts=1)


def discs(seed: int = 0, count: int = 16) -> LabelledPlane:
    """Discs with a bright middle, and what is meant is the whole disc."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:256, :256]
    image = rng.normal(60, 4, (256, 256))
    labels = np.zeros((256, 256), np.int32)
    for index in range(count):
        centre = 32 + 64 * np.array(divmod(index, 4)) + rng.integers(-6, 7, 2)
        away = np.hypot(y - centre[0], x - centre[1])
        image[away < 24] = 120
        image[away < 9] = 220
        labels[away < 24] = index + 1
    seen = np.clip(image, 0, 255).astype(np.uint8)
    return LabelledPlane(f"discs{seed}", "discs", np.repeat(seen[..., None], 3, 2), labels)


def one_click(predictor: Predictor, plane: LabelledPlane, label: int) -> float:
    """Return the IoU of a click in the middle."""
    embedding = predictor.encode(plane.image, intensity=AS_IT_IS)
    where = np.argwhere(plane.labels == label).mean(0)
    mask = predictor.decode(embedding, Prompts(points=[where])).masks[0]
    return iou(mask, plane.labels == label)


@pytest.fixture(scope="module")
def adapted() -> Adaptation:
    return adapt([discs()], options=AdaptOptions(steps=40, prompts=2, corrections=0.2))


def test_a_click_comes_to_mean_what_was_kept(adapted: Adaptation, tmp_path: Path) -> None:
    assert adapted.is_better
    assert adapted.after.one_click > adapted.before.one_click + 0.1
    assert (adapted.learned, adapted.aside) == (12, 4)
    target = write_adapted(adapted.weights, tmp_path / "discs.safetensors")
    assert target.stat().st_size < 3e6
    fresh, store = discs(seed=1), EmbeddingStore()
    before, after = (Predictor(load_model(name), store=store) for name in ("nano", target))
    for label in (1, 6, 11):
        assert one_click(before, fresh, label) < 0.5
        assert one_click(after, fresh, label) > 0.8


def test_what_was_encoded_by_the_base_is_found(adapted: Adaptation, tmp_path: Path) -> None:
    target = write_adapted(adapted.weights, tmp_path / "discs.safetensors")
    base, model = load_model("nano"), load_model(target)
    assert model.name == "discs.safetensors"
    assert model.licence == base.licence
    image = discs().image
    keys = [Predictor(each).key_for(image, intensity=AS_IT_IS) for each in (base, model)]
    assert keys[0] == keys[1]
    assert identity_of(base) == base.digest
    assert identity_of(model) not in (base.digest, model.adaptation)
    assert len(identity_of(model)) == 64


def test_only_the_decoder_differs(adapted: Adaptation, tmp_path: Path) -> None:
    target = write_adapted(adapted.weights, tmp_path / "discs.safetensors")
    base, model = load_model("nano").state_dict(), load_model(target).state_dict()
    differ = {name for name in base if not torch.equal(base[name], model[name])}
    assert differ
    assert all(name.startswith("decoder.") for name in differ)


def test_it_goes_on_from_an_adapted_model(adapted: Adaptation, tmp_path: Path) -> None:
    first = write_adapted(adapted.weights, tmp_path / "first.safetensors")
    again = adapt([discs(2)], first, SHORT)
    assert again.weights.base == "nano"
    assert again.weights.base_digest == load_model("nano").digest
    assert again.before.one_click > adapted.before.one_click
    second = write_adapted(again.weights, tmp_path / "second.safetensors")
    assert load_model(second).adaptation != load_model(first).adaptation


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (
        adapt([discs()], options=replace(SHORT, seed=seed)).weights.tensors for seed in (3, 3, 4)
    )
    name = "decoder.score.head.0.weight"
    torch.testing.assert_close(first[name], second[name], atol=1e-4, rtol=1e-3)
    assert not torch.allclose(first[name], other[name], atol=1e-6)


def test_a_model_that_is_no_better_says_so(adapted: Adaptation) -> None:
    worse = replace(adapted, after=AdaptScores(0.5, 0.9, 0.9), before=AdaptScores(0.6, 0.7, 0.7))
    assert not worse.is_better, "one click fell"
    same = replace(adapted, after=adapted.before)
    assert not same.is_better


def test_what_is_put_aside_is_not_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, set[int]] = {"aside": set(), "learned": set()}
    fit, measure = adapt_module.fit_decoder, adapt_module._measure

    def ids(planes: Sequence[LabelledPlane]) -> set[int]:
        return {label for plane in planes for label in plane.scored or ()}

    def watch_fit(student: object, teacher: object, planes: list[LabelledPlane], *rest: object):
        seen["learned"] |= ids(planes)
        return fit(student, teacher, planes, *rest)  # type: ignore[arg-type]

    def watch_measure(predictor: object, planes: list[LabelledPlane], steps: object):
        seen["aside"] |= ids(planes)
        return measure(predictor, planes, steps)  # type: ignore[arg-type]

    monkeypatch.setattr(adapt_module, "fit_decoder", watch_fit)
    monkeypatch.setattr(adapt_module, "_measure", watch_measure)
    adapt([discs()], options=replace(SHORT, steps=1))
    assert not seen["aside"] & seen["learned"]
    assert seen["aside"] | seen["learned"] == set(range(1, 17))


def test_progress_ends_at_its_total_and_a_stop_stops() -> None:
    told: list[tuple[int, int]] = []
    adapt([discs()], options=SHORT, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))
    assert len({total for _, total in told}) == 1
    with pytest.raises(Cancelled, match="the model is as it was"):
        adapt([discs()], options=SHORT, should_stop=lambda: True)


def test_of_many_planes_some_are_held() -> None:
    small = discs()
    options = replace(SHORT, steps=1, most_planes=3)
    done = adapt((replace(small, name=str(k)) for k in range(20)), options=options)
    assert done.learned + done.aside == 3 * 16


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"prompts": 0},
        {"most_objects": 0},
        {"most_planes": -1},
        {"box": 1.5},
        {"corrections": -0.1},
        {"aside": 1.0},
        {"learning_rate": float("nan")},
        {"learning_rate": 0.0},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=str(next(iter(wrong.values())))):
        AdaptOptions(**wrong)


def test_too_few_objects_are_refused() -> None:
    with pytest.raises(InputError, match=r"needs 8 objects or more.* got 7; keep some more"):
        adapt([discs(count=7)], options=SHORT)


def test_other_models_are_refused(monkeypatch: pytest.MonkeyPatch, tiny_model: object) -> None:
    monkeypatch.setattr(adapt_module, "load_model", lambda *a, **k: tiny_model)
    with pytest.raises(InputError, match="'vit_b' has no decoder that can be adapted"):
        adapt([discs()], "vit_b", SHORT)


def weights_of(base: str = "nano", **changed: torch.Tensor) -> AdaptedWeights:
    model = load_model("nano")
    own = {k: v.half() for k, v in model.state_dict().items() if k.startswith("decoder.")}
    return AdaptedWeights(base, model.digest, own | changed, {"learned": 3})


def test_a_file_tells_what_it_is(tmp_path: Path) -> None:
    given = weights_of()
    found = read_adapted(write_adapted(given, tmp_path / "deep" / "own.safetensors"))
    assert found is not None
    assert (found.base, found.base_digest, found.notes) == (
        "nano",
        given.base_digest,
        {"learned": 3},
    )
    assert found.digest == given.digest


def test_a_decoder_of_another_base_is_refused(tmp_path: Path) -> None:
    other = replace(weights_of(), base_digest="0" * 64)
    path = write_adapted(other, tmp_path / "old.safetensors")
    with pytest.raises(CheckpointError, match=r"old.* was adapted from other weights of 'nano'"):
        load_model(path)


@pytest.mark.parametrize("broken", ["missing", "misshapen", "infinite"])
def test_other_tensors_are_refused(tmp_path: Path, broken: str) -> None:
    given = weights_of()
    name = "decoder.score.head.0.weight"
    tensors = dict(given.tensors)
    if broken == "missing":
        del tensors[name]
    else:
        tensors[name] = tensors[name][1:] if broken == "misshapen" else tensors[name] / 0
    path = write_adapted(replace(given, tensors=tensors), tmp_path / "odd.safetensors")
    with pytest.raises(CheckpointError, match=r"odd.* are not those of the decoder of 'nano'"):
        load_model(path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write_adapted(weights_of(), tmp_path / "cut.safetensors")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="damaged"):
        load_model(path)


def test_adapted_models_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = write_adapted(weights_of(), new_adapted_path("nano", "my cells.tif"))
    assert path.stem == "nano-my-cells-tif"
    assert load_model("nano-my-cells-tif").adaptation == weights_of().digest
    assert identify_model("nano-my-cells-tif") == identify_model(str(path))
    listed = CliRunner().invoke(cli, ["models"])
    assert "nano-my-cells-tif" in listed.stdout
    listed = CliRunner().invoke(cli, ["models", "--json"])
    assert json.loads(listed.stdout)["adapted_models"] == {"nano-my-cells-tif": str(path)}
    with pytest.raises(ModelNameError):
        load_model("nano-my-cells")
