"""CT, MR and X-ray scenes: anatomy is drawn as its tables say, and labelled as annotators do."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from napari_samwise.learn.scenes import radiograph, resonance, tomography
from napari_samwise.learn.scenes.atlas import Part, View, both, look, sketch
from napari_samwise.learn.scenes.canvas import Painter
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.examination import choose_words, lesions, paint, trace
from napari_samwise.learn.scenes.fields import grid

KINDS = {**tomography.KINDS, **resonance.KINDS, **radiograph.KINDS}

every_kind = pytest.mark.parametrize("painter", KINDS.values(), ids=KINDS)

#: A body with an organ, a piece of the organ that another word names, and a far corner of its own.
PLAN = (
    Part("body", (0.0, 0.0), (0.8, 0.8), tissue="fat"),
    Part("liver", (0.0, 0.0), (0.5, 0.5)),
    Part("vessel", (0.0, 0.0), (0.2, 0.2), tissue="blood", piece_of="liver", clip=True),
)
LEVELS = {"outside": 0.0, "fat": 1.0, "liver": 2.0, "blood": 3.0}


def straight_view(size: int = 96) -> View:
    pitch = 2.0 / size
    y, x = (grid(size, torch.device("cpu")) - size / 2) * pitch
    return View(y, x, pitch)


@every_kind
def test_twenty_seeds_give_objects_with_words(painter: Painter) -> None:
    found = [painter(Draw(seed), 64) for seed in range(20)]
    for canvas in found:
        assert canvas.image.shape == (3, 64, 64)
        assert bool(canvas.image.isfinite().all())
        assert float(canvas.image.std()) > 0
        assert set(canvas.labels.unique().tolist()) <= {0, *canvas.classes}
        assert all(word and not word[-1].isdigit() for word in canvas.classes.values())
    assert sum(int(canvas.labels.max()) > 0 for canvas in found) >= 18


@every_kind
def test_the_seed_decides_every_pixel(painter: Painter) -> None:
    first, again, other = (painter(Draw(seed), 48) for seed in (5, 5, 6))
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.labels, again.labels)
    assert first.classes == again.classes
    assert not torch.equal(first.image, other.image)


def test_the_words_are_those_that_a_reader_would_type() -> None:
    words = {
        word
        for painter in KINDS.values()
        for seed in range(6)
        for word in painter(Draw(seed), 64).classes.values()
    }
    assert {"lung", "liver", "kidney", "vertebra", "ventricle", "bone", "tooth", "heart"} <= words
    assert not {"fat", "muscle", "cavity", "gas"} & words


def test_later_parts_hide_earlier_ones_and_have_the_levels_of_their_tissue() -> None:
    view = straight_view()
    drawing = sketch(Draw(0), view, PLAN, wobble=0.0)
    levels = paint(Draw(0), view, drawing, LEVELS)
    assert levels[0, 0] == 0
    assert levels[48, 48] == 3
    assert levels[48, 48 + 17] == 2
    assert levels[48, 48 + 32] == 1


def test_ellipses_have_their_area_on_average() -> None:
    plan = (Part("disc", (0, 0), (0.6, 0.3)),)
    drawings = [sketch(Draw(seed), straight_view(), plan, wobble=0.0) for seed in range(24)]
    area = 4 * sum(float((drawing.top > 0).float().mean()) for drawing in drawings) / len(drawings)
    assert area == pytest.approx(math.pi * 0.6 * 0.3, rel=0.1)


def test_a_piece_without_a_label_shows_that_of_its_owner() -> None:
    drawing = sketch(Draw(0), straight_view(), PLAN, wobble=0.0)
    whole = trace(drawing, {"liver"})
    assert whole.classes == {1: "liver"}
    assert whole.labels[48, 48] == 1
    apart = trace(drawing, {"liver", "vessel"})
    assert apart.classes == {1: "liver", 2: "vessel"}
    assert apart.labels[48, 48] == 2
    assert torch.equal(apart.labels > 0, whole.labels > 0)


def test_a_labelled_body_has_no_holes() -> None:
    drawing = sketch(Draw(0), straight_view(), PLAN, wobble=0.0)
    assert torch.equal(trace(drawing, {"body"}).labels > 0, drawing.top > 0)


def test_a_clipped_piece_is_cut_to_its_owner() -> None:
    lesion = Part("lesion", (0.0, 0.5), (0.3, 0.3), piece_of="liver")
    whole = sketch(Draw(0), straight_view(), (*PLAN[:2], lesion), wobble=0.0).top
    cut = sketch(Draw(0), straight_view(), (*PLAN[:2], replace(lesion, clip=True)), wobble=0.0).top
    assert bool((cut == 3).any())
    lost = (whole == 3) & (cut != 3)
    assert bool(lost.any())
    assert set(cut[lost].tolist()) <= {0, 1}
    assert torch.equal(whole[~lost], cut[~lost])


def test_parts_out_of_view_are_not_drawn() -> None:
    far = Part("moon", (9.0, 9.0), (0.5, 0.5))
    drawing = sketch(Draw(0), straight_view(), (*PLAN, far), wobble=0.0)
    assert int(drawing.top.max()) == 3


def test_a_missing_owner_takes_its_pieces_with_it() -> None:
    gone = (PLAN[0], Part("liver", (0, 0), (0.5, 0.5), chance=0.0), PLAN[2])
    assert [part.word for part in sketch(Draw(0), straight_view(), gone).parts] == ["body"]


def test_both_sides_mirror_a_part() -> None:
    left, right = both(Part("kidney", (0.2, 0.4), (0.1, 0.2), turn=10, bend=0.2))
    assert (left.centre, right.centre) == ((0.2, -0.4), (0.2, 0.4))
    assert (left.turn, left.bend) == (-10, -0.2)
    assert left.name != right.name
    assert left.word == right.word


def test_lesions_are_pieces_of_their_hosts() -> None:
    plan = next(
        plan for seed in range(9) if len(plan := lesions(Draw(seed), PLAN, ("liver",), "tumor")) > 3
    )
    assert all(part.piece_of == "liver" and part.clip for part in plan[3:])
    assert lesions(Draw(0), PLAN, ("lung",), "tumor") == PLAN


def test_only_words_in_view_are_chosen() -> None:
    drawing = sketch(Draw(0), straight_view(), (*PLAN, Part("moon", (9.0, 9.0), (0.5, 0.5))))
    for seed in range(20):
        chosen = choose_words(Draw(seed), drawing, {"body"})
        assert chosen
        assert chosen <= {"body", "liver", "vessel"}


def test_a_view_spans_what_it_is_asked_for() -> None:
    view = look(Draw(1), 64, focus=(0.3, -0.2), span=1.5, bending=0.0)
    assert view.pitch == pytest.approx(1.5 / 64)
    assert float(view.y.mean()) == pytest.approx(0.3, abs=0.03)
    assert float(view.x.mean()) == pytest.approx(-0.2, abs=0.03)
