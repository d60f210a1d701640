from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from napari_samwise.errors import Cancelled, ImageError, PromptError
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame, IntensityChoice
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource
from napari_samwise.prompts import Prompts

POINT = Request(Prompts(points=[(12, 15)]))


@pytest.fixture
def source(stack) -> ImageSource:
    return ImageSource(stack, stack.shape, False)


@pytest.fixture
def at(source):
    return lambda z: Frame("tiny", source, Plane((1, 2), (z,)), IntensityChoice())


@pytest.fixture
def run(tiny_model, manual_slot):
    """A pipeline with its slots, and everything that it emitted."""
    encoding, decoding = manual_slot(), manual_slot()
    pipeline = Pipeline(Engine(lambda name, progress: tiny_model), encoding, decoding)
    heard = SimpleNamespace(encoded=[], answered=[], hovered=[], failed=[])
    pipeline.encoded.connect(heard.encoded.append)
    pipeline.answered.connect(heard.answered.append)
    pipeline.hovered.connect(heard.hovered.append)
    pipeline.failed.connect(lambda frame, sentence: heard.failed.append((frame, sentence)))
    return SimpleNamespace(
        pipeline=pipeline, encoding=encoding, decoding=decoding, heard=heard, model=tiny_model
    )


def slices(encoded) -> list[int]:
    return [each.frame.plane.position[0] for each in encoded]


def test_the_displayed_frame_is_encoded_unasked(run, at) -> None:
    run.pipeline.want(at(3), {})
    run.encoding.run()
    assert slices(run.heard.encoded) == [3]
    assert not run.encoding.busy


def test_a_request_is_answered_after_its_frame_is_encoded(run, at) -> None:
    run.pipeline.want(at(3), {at(3): POINT})
    assert not run.decoding.busy
    run.encoding.run()
    run.decoding.run()
    (answer,) = run.heard.answered
    assert answer.request is POINT
    assert answer.found[0].mask.cut(Roi((12, 15), (1, 1))).all()
    assert not run.decoding.busy, "nothing is decoded twice"


def test_scrolling_stops_what_is_no_longer_shown_and_jumps_to_the_newest(run, at) -> None:
    run.pipeline.want(at(0), {})
    run.pipeline.want(at(1), {})
    run.pipeline.want(at(2), {})
    assert run.encoding.was_stopped
    run.encoding.run()
    run.encoding.run()
    assert slices(run.heard.encoded)[-1] == 2
    assert 1 not in slices(run.heard.encoded)


def test_a_request_is_encoded_before_what_is_only_shown(run, at) -> None:
    run.pipeline.want(at(0), {at(5): POINT})
    run.encoding.run()
    run.encoding.run()
    assert slices(run.heard.encoded) == [5, 0]


def test_a_click_on_an_encoded_frame_does_not_wait_for_another_frame(run, at) -> None:
    run.pipeline.want(at(0), {})
    run.encoding.run()
    run.pipeline.want(at(0), {at(7): Request(Prompts(points=[(30, 45)])), at(0): POINT})
    assert run.encoding.busy
    run.decoding.run()
    assert slices(run.heard.answered) == [0]


def test_an_answer_that_is_no_longer_wanted_is_dropped(run, at) -> None:
    run.pipeline.want(at(0), {at(0): POINT})
    run.encoding.run()
    newer = Request(Prompts(points=[(30, 45)]))
    run.pipeline.want(at(0), {at(0): newer})
    run.decoding.run()
    assert not run.heard.answered
    run.decoding.run()
    assert [answer.request for answer in run.heard.answered] == [newer]


def test_hover_is_decoded_only_when_encoded_and_only_the_newest(run, at) -> None:
    run.pipeline.want(at(0), {})
    run.pipeline.hover(POINT)
    assert not run.decoding.busy
    run.encoding.run()
    run.pipeline.hover(Request(Prompts(points=[(1, 1)])))
    run.pipeline.hover(Request(Prompts(points=[(2, 2)])))
    run.pipeline.hover(Request(Prompts(points=[(30, 45)])))
    run.decoding.run()
    run.decoding.run()
    assert run.heard.hovered[-1].request.prompts.points.tolist() == [[30, 45]]
    assert len(run.heard.hovered) <= 2
    assert len(run.heard.hovered[-1].found) == 1


def test_hover_gives_way_to_a_click(run, at) -> None:
    run.pipeline.want(at(0), {})
    run.encoding.run()
    run.pipeline.hover(POINT)
    run.pipeline.want(at(0), {at(0): POINT})
    run.pipeline.hover(None)
    run.decoding.run()
    assert not run.heard.hovered
    run.decoding.run()
    assert len(run.heard.answered) == 1


def test_a_frame_that_fails_is_told_once_and_tried_again_with_the_next_click(run, at) -> None:
    def refuse(image):
        raise ImageError("No such image.")

    working, run.model.encode = run.model.encode, refuse
    run.pipeline.want(at(0), {})
    run.encoding.run()
    assert [sentence for _, sentence in run.heard.failed] == ["No such image."]
    run.pipeline.want(at(0), {})
    assert not run.encoding.busy
    run.model.encode = working
    run.pipeline.want(at(0), {at(0): POINT})
    run.encoding.run()
    run.decoding.run()
    assert len(run.heard.answered) == 1


def test_a_frame_that_fails_when_it_is_no_longer_wanted_is_not_told(run, at) -> None:
    def refuse(image):
        raise ImageError("No such image.")

    working, run.model.encode = run.model.encode, refuse
    run.pipeline.want(at(0), {})
    run.pipeline.want(at(1), {at(1): POINT})
    run.encoding.run()
    assert not run.heard.failed
    run.model.encode = working
    run.encoding.run()
    run.decoding.run()
    assert len(run.heard.answered) == 1
    run.pipeline.want(at(0), {})
    run.encoding.run()
    assert slices(run.heard.encoded) == [1, 0], "nor is it given up"


def test_a_request_that_cannot_be_decoded_is_told_once(run, at) -> None:
    outside = Request(Prompts(points=[(500, 500)]))
    run.pipeline.want(at(0), {at(0): outside})
    run.encoding.run()
    run.decoding.run()
    assert len(run.heard.failed) == 1
    run.pipeline.want(at(0), {at(0): outside})
    assert not run.decoding.busy


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "memory"),
        (RuntimeError("first line\nsecond line"), "RuntimeError: first line)"),
        (PromptError("Say so."), "Say so."),
    ],
)
def test_failures_are_one_sentence(run, at, error, words) -> None:
    def fail(image):
        raise error

    run.model.encode = fail
    run.pipeline.want(at(0), {})
    run.encoding.run()
    ((_, sentence),) = run.heard.failed
    assert words in sentence
    assert "\n" not in sentence


def test_cancel_stops_and_does_not_begin_again_by_itself(run, at) -> None:
    def stopped(image):
        raise Cancelled("Stopped.")

    working, run.model.encode = run.model.encode, stopped
    run.pipeline.want(at(0), {})
    run.pipeline.cancel()
    assert run.encoding.was_stopped
    run.encoding.run()
    run.pipeline.want(at(0), {})
    assert not run.heard.failed
    assert not run.encoding.busy
    run.model.encode = working
    run.pipeline.want(at(0), {at(0): POINT})
    run.encoding.run()
    assert slices(run.heard.encoded) == [0]


def test_nothing_is_emitted_or_started_after_closing(run, at) -> None:
    run.pipeline.want(at(0), {})
    run.pipeline.close()
    run.pipeline.want(at(1), {at(1): POINT})
    assert not run.encoding.busy
    assert run.encoding.is_closed
    assert run.decoding.is_closed


def test_an_embedding_larger_than_the_store_is_used_all_the_same(run, at) -> None:
    run.pipeline.want(at(0), {at(0): POINT})
    run.encoding.run()
    run.pipeline.engine._loaded[1].store.clear()
    run.decoding.run()
    assert len(run.heard.answered) == 1
    assert not run.encoding.busy


def test_an_evicted_embedding_is_made_again(run, at) -> None:
    for z in (0, 1):
        run.pipeline.want(at(z), {})
        run.encoding.run()
    run.pipeline.engine._loaded[1].store.clear()
    run.pipeline.want(at(0), {at(0): POINT})
    run.encoding.run()
    run.decoding.run()
    assert slices(run.heard.encoded) == [0, 1, 0]
    assert len(run.heard.answered) == 1


def test_one_intensity_for_all_slices(run, at, stack) -> None:
    for z in (0, 9):
        run.pipeline.want(at(z), {})
        run.encoding.run()
    first, last = run.heard.encoded
    assert first.intensity == last.intensity
    assert np.isclose(first.intensity.high[0], 209, atol=2)
