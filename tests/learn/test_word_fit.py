"""Words are learned from what objects look like, and what is no object gets none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.source_sampler import SourceSampler
from napari_samwise.learn.split import fixed_split
from napari_samwise.learn.word_examples import (
    NO_WORD,
    NamedPlane,
    WordExample,
    collect_examples,
    name_plane,
    named_planes,
)
from napari_samwise.learn.word_fit import WordFitOptions, fit_words
from napari_samwise.model.nano import Nano


@pytest.fixture
def model(smallest_config) -> Nano:
    torch.manual_seed(0)
    return Nano(smallest_config).eval()


def make_examples(model: Nano, count: int = 300) -> list[WordExample]:
    """Return examples of two words, and of none, that differ in a few features."""
    rng = np.random.default_rng(1)
    size = 2 * (model.config.embed_dim + model.config.detail_dim) + 5
    kinds = ("disc", "rod", NO_WORD)
    examples = []
    for index in range(count):
        seen = rng.normal(0, 1, size).astype(np.float32)
        seen[index % 3] += 5
        seen[7] = 40  # far from the others, and of no use
        examples.append(WordExample(torch.from_numpy(seen), kinds[index % 3], index // 3))
    return examples


def test_what_can_be_told_is_told(model: Nano) -> None:
    examples = make_examples(model)
    report = fit_words(model, examples, WordFitOptions(examples=64))
    assert model.vocabulary == ("disc", "rod")
    assert report["words"] == 2
    assert report["right"] > 0.9
    assert model.words is not None
    with torch.inference_mode():
        said = model.words(torch.stack([each.seen for each in examples])).softmax(1)
    rows = torch.tensor([("disc", "rod", NO_WORD).index(each.word) for each in examples])
    assert float((said.argmax(1) == rows).float().mean()) > 0.9


def test_rare_words_are_left_out(model: Nano) -> None:
    examples = [each for each in make_examples(model) if each.word != "rod"]
    rare = [WordExample(examples[0].seen, "unicorn", 1)] * 3
    fit_words(model, [*examples, *rare], WordFitOptions(epochs=1, examples=16))
    assert model.vocabulary == ("disc",)


def test_without_words_there_is_no_head(model: Nano) -> None:
    assert fit_words(model, [], WordFitOptions()) == {"words": 0.0}
    assert model.vocabulary == ()
    assert not any(name.startswith("words") for name in model.state_dict())


def test_examples_hold_true_objects_and_false_finds(
    model: Nano, squares_plane: LabelledPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = np.zeros_like(squares_plane.labels)
    found[10:40, 8:36] = 1  # nearly object 1
    found[60:70, 10:20] = 2  # nothing
    found[50:82, 60:75] = 3  # a part of object 2, neither right nor wrong
    module = "napari_samwise.learn.word_examples"
    monkeypatch.setattr(f"{module}.segment_everything", lambda *a, **k: found)
    monkeypatch.setattr(f"{module}._SEARCHED", 1.0)
    plane = name_plane(squares_plane, "tile")
    examples = list(collect_examples(model, [plane], np.random.default_rng(0), 10))
    assert sorted(each.word for each in examples) == ["", "tile", "tile", "tile", "tile"]
    assert len({each.seen.shape for each in examples}) == 1
    partly = NamedPlane(plane.image, plane.labels, plane.words, is_complete=False)
    examples = list(collect_examples(model, [partly], np.random.default_rng(0), 10))
    assert [each.word for each in examples] == ["tile"] * 4


def test_planes_are_scenes_and_real_ones_of_one_word(squares_plane: LabelledPlane) -> None:
    known = LabelledPlane("wells/a", "wells", squares_plane.image, squares_plane.labels)
    real = SourceSampler([squares_plane, known])
    planes = list(
        named_planes(real, {"wells": "cell"}, np.random.default_rng(0), range(12), 0.5, 5)
    )
    words = [set(plane.words.values()) for plane in planes]
    assert {"cell"} in words
    assert all(set(plane.words) >= set(np.unique(plane.labels)) - {0} for plane in planes)
    assert len(planes) < 12, "a source of several words is left out"


def test_words_of_sources_belong_to_sources_that_train() -> None:
    split = fixed_split()
    sources = {name.split("/")[0] for name in (*split.train, *split.held_back, *split.divided)}
    assert set(split.words) <= sources
