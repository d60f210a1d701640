"""Adapting from the window: a new model that is in use at once, or a sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from napari_samwise import load_model
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.learn.adaptation import Adaptation
from napari_samwise.plugin.adapt_desk import AdaptDesk
from napari_samwise.plugin.engine import load_by_name
from napari_samwise.plugin.kept_planes import kept_planes
from napari_samwise.plugin.model_choice import (
    base_name,
    cite_model,
    describe_model,
    download_size,
    model_choices,
    needs_download,
    portable_name,
)
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.view import ImageSource
from napari_samwise.weights.adapted import AdaptedWeights, decoder_state, write_adapted
from napari_samwise.weights.adapted_models import adapted_models, new_adapted_path
from napari_samwise.weights.registry import CHECKPOINTS


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of its own for adapted models, and few steps."""
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("napari_samwise.learn.adaptation._LEAST_STEPS", 25)
    return tmp_path / "home"


def disc_image() -> tuple[np.ndarray, np.ndarray]:
    """Nine discs with a bright middle, which is what nano would take."""
    y, x = np.mgrid[:200, :200]
    image, labels = np.full((200, 200), 60, np.uint8), np.zeros((200, 200), np.uint16)
    for index in range(9):
        row, column = 33 + 66 * np.array(divmod(index, 3))
        away = np.hypot(y - row, x - column)
        image[away < 24] = 120
        image[away < 9] = 220
        labels[away < 24] = index + 1
    return image, labels


@pytest.fixture
def opened(viewer, qtbot):
    """The widget on an image whose objects were painted."""
    from napari_samwise.plugin.widget import SamwiseWidget

    image, labels = disc_image()
    viewer.add_image(image, name="cells: no. 7")
    widget = SamwiseWidget(viewer)
    viewer.layers["objects"].data = labels
    qtbot.addWidget(widget.native)
    yield viewer, widget
    widget._close()


def wait(qtbot: Any, widget: Any) -> None:
    qtbot.waitUntil(lambda: not widget.stage.bench.busy, timeout=120_000)


def said(widget: Any) -> str:
    return str(widget.controller.board.status().sentence)


def test_the_new_model_is_in_use_at_once(opened, qtbot, home) -> None:
    viewer, widget = opened
    names: list[str] = []
    widget.controller.board.changed.connect(lambda status: names.append(status.model))
    widget._objects.adapt.native.click()
    assert widget.stage.bench.busy
    wait(qtbot, widget)
    path = home / "adapted" / "nano-cells-no-7.safetensors"
    assert path.is_file()
    assert "on 3 objects that were put aside, one click gives IoU" in said(widget)
    assert said(widget).endswith("'nano-cells-no-7' is in use now.")
    assert widget._source._model.value == "nano-cells-no-7"
    qtbot.waitUntil(lambda: "nano-cells-no-7" in names, timeout=60_000)
    assert load_model("nano-cells-no-7").adaptation == load_model(path).adaptation != ""
    y, x = 33, 99
    viewer.layers["prompts"].add((y, x))
    qtbot.waitUntil(
        lambda: bool(widget.controller.desk.workspace.session.candidates), timeout=60_000
    )
    mask = viewer.layers["preview"].data > 0
    truth = disc_image()[1] == 2
    assert (mask & truth).sum() / (mask | truth).sum() > 0.7


def test_without_a_gain_nothing_changes(opened, qtbot, home, monkeypatch) -> None:
    _, widget = opened
    monkeypatch.setattr(Adaptation, "is_better", False)
    widget.adapting.start()
    wait(qtbot, widget)
    assert said(widget).startswith("Adapting brought nothing: on 3 objects")
    assert said(widget).endswith("the model stays.")
    assert not list(home.rglob("*.safetensors"))
    assert widget._source._model.value == "nano"


def test_too_few_objects_are_told(opened, qtbot) -> None:
    viewer, widget = opened
    viewer.layers["objects"].data = np.where(disc_image()[1] < 4, disc_image()[1], 0)
    widget.adapting.start()
    wait(qtbot, widget)
    assert "Adapting needs 8 objects or more" in said(widget)
    assert widget.controller.board.status().is_error


def test_without_an_image_it_says_what_is_needed(viewer, start, open_stage, squares) -> None:
    viewer.add_image(squares)
    h = start()
    desk = AdaptDesk(h.controller.desk, h.controller.board, h.engine, open_stage(h).bench)
    viewer.layers.clear()
    desk.start()
    assert h.status.sentence == "Adapting needs an image shown in 2D, with objects."


def test_an_adapted_model_is_known_by_its_name(home: Path) -> None:
    assert adapted_models() == {}
    path = new_adapted_path("nano", "Zellen / größer.tif")
    assert path == home / "adapted" / "nano-Zellen-gr-er-tif.safetensors"
    path.parent.mkdir(parents=True)
    model = load_model("nano")
    write_adapted(AdaptedWeights("nano", model.digest, decoder_state(model)), path)
    assert new_adapted_path("nano", "Zellen / größer.tif").stem == "nano-Zellen-gr-er-tif-2"
    name = path.stem
    assert adapted_models() == {name: path}
    assert model_choices()[:2] == [("nano (built in)", "nano"), (f"{name} (adapted)", name)]
    assert base_name(name) == base_name("nano") == "nano"
    assert not needs_download(name)
    licence = f"licence: {CHECKPOINTS['nano'].licence}"
    assert describe_model(name) == f"nano, adapted to objects that you kept · {licence}"
    assert portable_name(name) == str(path)
    others = ("nano", "vit_b", "gone")
    assert tuple(map(portable_name, others)) == others


def test_an_adapted_model_needs_cites_and_is_licensed_as_its_base(home: Path) -> None:
    path = new_adapted_path("vit_b", "cells")
    write_adapted(AdaptedWeights("vit_b", "0" * 64, {"mask_decoder.a": torch.zeros(1)}), path)
    name = path.stem
    assert name == "vit_b-cells"
    assert base_name(name) == "vit_b"
    assert needs_download(name)
    assert download_size(name) == download_size("vit_b") != ""
    assert cite_model(name) == cite_model("vit_b") != ""
    assert CHECKPOINTS["vit_b"].licence in describe_model(name)


def test_what_was_adapted_from_a_file_is_called_so(home: Path, tmp_path: Path) -> None:
    path = new_adapted_path("mine", "cells")
    base = str(tmp_path / "mine.pt")
    write_adapted(AdaptedWeights(base, "0" * 64, {"mask_decoder.a": torch.zeros(1)}), path)
    assert base_name(path.stem) == "mine"
    assert not needs_download(path.stem)
    assert describe_model(path.stem) == "mine, adapted to objects that you kept"


def test_a_damaged_model_is_listed_all_the_same(home: Path) -> None:
    path = new_adapted_path("nano", "cells")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not safetensors")
    assert (f"{path.stem} (adapted)", path.stem) in model_choices()
    assert not needs_download(path.stem)
    assert cite_model(path.stem) == ""
    assert "adapted to objects that you kept" in describe_model(path.stem)


def test_a_name_of_a_checkpoint_stays_that(home: Path) -> None:
    (home / "adapted").mkdir(parents=True)
    (home / "adapted" / "nano.safetensors").touch()
    assert adapted_models() == {}
    assert load_by_name("nano", lambda done, total: None).name == "nano"


def test_objects_of_a_stack_are_seen_in_their_middle() -> None:
    volume = np.zeros((10, 60, 80), np.uint16)
    labels = np.zeros((10, 60, 80), np.int32)
    labels[2:7, 5:20, 5:20] = 1
    labels[3:6, 30:50, 30:60] = 2
    labels[0, 30:50, 5:20] = 3
    labels[9, 30:50, 5:20] = 4
    volume[labels > 0] = 900
    source = ImageSource(volume, volume.shape, False)
    known = {1: Roi((2, 5, 5), (5, 15, 15)), 2: Roi((3, 30, 30), (3, 20, 30))}
    boxes = {**known, 3: None, 4: None}
    intensity = resolve_intensity(volume, "auto", rgb=False)
    planes = list(kept_planes(source, labels, boxes, Plane((1, 2), (0,)), intensity, 9, 2048))
    assert [sorted(set(plane.labels.flat) - {0}) for plane in planes] == [[3], [1, 2]]
    assert all(plane.image.shape == (60, 80, 3) for plane in planes)
    assert planes[1].image[10, 10, 0] > planes[1].image[0, 0, 0]


def test_of_many_planes_the_fullest_are_read() -> None:
    labels = np.zeros((6, 60, 80), np.int32)
    boxes = {}
    for label, z in enumerate((2, 4, 4, 5), 1):
        box = Roi((z, 10 * label, 5), (1, 8, 8))
        labels[box.slices] = label
        boxes[label] = box
    source = ImageSource(labels.astype(np.uint8), labels.shape, False)
    intensity = Intensity("window", (0.0,), (9.0,), False)
    shown = Plane((1, 2), (5,))
    planes = list(kept_planes(source, labels, boxes, shown, intensity, 2, 2048))
    assert [sorted(set(plane.labels.flat) - {0}) for plane in planes] == [[4], [2, 3]]


def test_of_a_large_plane_only_what_is_near_objects_is_read() -> None:
    class Watched:
        """A gigapixel that nobody could hold."""

        shape, dtype, ndim = (40_000, 40_000), np.dtype(np.uint8), 2

        def __init__(self, value: int) -> None:
            self.value, self.read_px = value, 0

        def __getitem__(self, index: tuple[slice, slice]) -> np.ndarray:
            rows, columns = (range(*part.indices(40_000)) for part in index)
            self.read_px += len(rows) * len(columns)
            return np.full((len(rows), len(columns)), self.value, np.uint8)

    image, labels = Watched(50), Watched(2)
    source = ImageSource(image, (40_000, 40_000), False)
    boxes = {2: Roi((20_000, 30_000), (40, 50)), 3: None}
    intensity = Intensity("window", (0.0,), (100.0,), False)
    (plane,) = kept_planes(source, labels, boxes, Plane((0, 1)), intensity, 9, 2048)
    assert plane.image.shape == (1024, 1024, 3)
    assert plane.scored == {2}
    assert image.read_px == labels.read_px == 1024**2


def test_a_file_of_ones_own_has_a_plain_name_in_journals(tiny_model) -> None:
    from napari_samwise.plugin.engine import _identify
    from napari_samwise.predictor.predictor import Predictor

    predictor = Predictor(tiny_model)
    assert _identify("/home/ann/Modelle/größe 2.pt", predictor).name == "gr__e 2.pt"
    assert _identify("nano", predictor).name == "nano"
