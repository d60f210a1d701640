"""The value Tracks: its table, its graph, and napari's Tracks layer."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.errors import InputError
from napari_samwise.segment.tracking.tracks import Tracks


@pytest.fixture
def family() -> np.ndarray:
    labels = np.zeros((4, 20, 30), dtype=np.int32)
    labels[:2, 4:8, 10:14] = 9
    labels[2:, 4:8, 4:8] = 2
    labels[2:, 4:8, 20:24] = 3
    return labels


def test_the_table_measures(family) -> None:
    tracks = Tracks.from_labels(family, {2: [9], 3: [9]}, {(9, 1): 0.8})
    table = tracks.table
    assert table["id"].tolist() == [2, 2, 3, 3, 9, 9]
    assert table["t"].tolist() == [2, 3, 2, 3, 0, 1]
    assert table["area"].tolist() == [16] * 6
    assert table["x"].tolist() == [5.5, 5.5, 21.5, 21.5, 11.5, 11.5]
    assert table["predicted_iou"][5] == 0.8
    assert np.isnan(table["predicted_iou"][:5]).all()


def test_napari_takes_data_and_graph(family) -> None:
    layers = pytest.importorskip("napari.layers")
    data, graph = Tracks.from_labels(family, {2: [9], 3: [9]}).to_napari()
    layer = layers.Tracks(data, graph=graph)
    np.testing.assert_array_equal(layer.data, data)
    assert layer.graph == {2: [9], 3: [9]}


def test_volumes_have_a_z(family) -> None:
    tracks = Tracks.from_labels(np.stack([family] * 3, axis=1))
    data, _ = tracks.to_napari()
    assert data.shape == (6, 5)
    assert tracks.table["z"].tolist() == [1.0] * 6


def test_no_object_at_all() -> None:
    tracks = Tracks.from_labels(np.zeros((2, 8, 8), dtype=np.int32))
    assert tracks.to_napari()[0].shape == (0, 4)
    assert tracks.spans == {}


@pytest.mark.parametrize(
    ("graph", "said"), [({2: [7]}, "on no frame"), ({9: [2]}, "must end before")]
)
def test_a_graph_that_the_labels_contradict_is_refused(family, graph, said) -> None:
    with pytest.raises(InputError, match=said):
        Tracks.from_labels(family, graph)
