from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from napari_samwise.errors import Cancelled
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.encoder_hooks import watched
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame, IntensityChoice
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource
from napari_samwise.plugin.worker import Ticket
from napari_samwise.prompts import Prompts


def frame_of(data, model="tiny", **choice) -> Frame:
    return Frame(
        model, ImageSource(data, data.shape, False), Plane((0, 1)), IntensityChoice(**choice)
    )


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(lambda done, total: None)


def test_encoded_frames_are_known_by_value_and_new_pixels_are_not(tiny_model, ticket, squares):
    engine = Engine(lambda name, progress: tiny_model)
    frame = frame_of(squares)
    assert engine.encoded(frame) is None
    done = engine.encode(frame, ticket)
    same = Frame("tiny", frame.source, Plane((0, 1)), IntensityChoice())
    assert engine.encoded(same) == done
    assert (done.device, done.model.precision) == ("cpu", "float32")
    assert engine.encoded(frame_of(squares)) is None


def test_one_model_in_memory_and_one_store_for_all(tiny_model_class, ticket, squares) -> None:
    made: list[str] = []

    def load(name, progress):
        made.append(name)
        model = tiny_model_class()
        model.digest = name
        return model

    engine = Engine(load)
    first, second = frame_of(squares, "one"), frame_of(squares, "two")
    engine.encode(first, ticket)
    engine.encode(second, ticket)
    assert engine.encoded(first) is None, "its model is gone"
    with pytest.raises(Cancelled):
        engine.decode(first, Request(Prompts(points=[(12, 15)])))
    answer = engine.decode(second, Request(Prompts(points=[(12, 15)])))
    assert answer.found[0].mask.cut(Roi((12, 15), (1, 1))).all()
    engine.encode(first, ticket)
    assert made == ["one", "two", "one"]
    assert engine.encoded(first) is not None


def test_forgotten_pixels_are_let_go(tiny_model, ticket, squares) -> None:
    class Pixels(np.ndarray):
        """An array that can be referred to weakly."""

    engine = Engine(lambda name, progress: tiny_model)
    data = squares.copy().view(Pixels)
    frame = frame_of(data)
    engine.encode(frame, ticket)
    gone = weakref.ref(data)
    engine.forget(frame.source)
    del data, frame
    gc.collect()
    assert gone() is None


def test_a_download_that_is_stopped_is_cancelled(tiny_model, squares) -> None:
    ticket = Ticket(lambda done, total: None)

    def load(name, progress):
        progress(1, 10)
        ticket.stop()
        progress(2, 10)
        return tiny_model

    with pytest.raises(Cancelled):
        Engine(load).encode(frame_of(squares), ticket)


class Layered(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.image_encoder = nn.Sequential(*[nn.Linear(2, 2) for _ in range(4)])
        self.decoder = nn.Linear(2, 2)


def test_the_encoder_reports_layer_by_layer_and_is_left_as_it_was() -> None:
    model, seen = Layered(), []
    with watched(model, lambda done, total: seen.append((done, total)), lambda: False):
        model.image_encoder(torch.zeros(1, 2))
        model.decoder(torch.zeros(1, 2))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_the_encoder_stops_between_layers() -> None:
    model, seen = Layered(), []
    with (
        pytest.raises(Cancelled),
        watched(model, lambda done, total: seen.append(done), lambda: len(seen) == 2),
    ):
        model.image_encoder(torch.zeros(1, 2))
    assert seen == [1, 2]
    assert not any(module._forward_pre_hooks for module in model.modules())
