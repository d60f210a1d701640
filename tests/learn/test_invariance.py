"""Invariance of models that are equivariant, and of one that is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage as ndi
from torch import Tensor, nn

from napari_samwise.learn.clicks import box_prompt, tight_box
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.invariance import score_invariance, summarise_invariance
from napari_samwise.learn.scores import InvariancePlane
from napari_samwise.learn.transforms import AS_IS, TRANSFORMS, Transform
from napari_samwise.model.base import Decoded, SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

BY_NAME = {transform.name: transform for transform in (AS_IS, *TRANSFORMS)}
EXACT = [name for name in BY_NAME if name != "x 1/2"]


class Sided(SegmentationModel):
    """What is connected to the prompt on the same side of mid-grey, which every change keeps."""

    name = "sided"
    digest = "sided"
    preprocessing = "sided-1"

    def __init__(self) -> None:
        super().__init__()
        self.anchor = nn.Parameter(torch.zeros(1))

    def encode(self, image: np.ndarray) -> dict[str, Tensor]:
        return {"image_embedding": torch.from_numpy(image[..., 0].copy())[None, None].float()}

    def decode(
        self,
        features: Mapping[str, Tensor],
        image_size: tuple[int, int],
        prompts: Prompts,
        *,
        multimask: bool,
        keep: int | None = None,
    ) -> Decoded:
        bright = features["image_embedding"][0, 0].numpy() > 127.5
        place = prompts.points[0] if len(prompts.points) else prompts.box.mean(0)
        row, column = np.floor(place + 0.5).astype(int)
        regions = ndi.label(bright if bright[row, column] else ~bright)[0]
        mask = regions == regions[row, column]
        if prompts.box is not None:
            # Its box is the object's: a wrongly moved one would cut it.
            (y0, x0), (y1, x1) = prompts.box
            rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
            mask &= (rows >= y0) & (rows <= y1) & (columns >= x0) & (columns <= x1)
        return Decoded(torch.zeros(1, 4, 4), torch.tensor([0.8]), torch.from_numpy(mask[None]))


class Skewed(Sided):
    """Takes the lower half of every plane away, so that turning it matters."""

    digest = "skewed"

    def decode(self, *args: object, **kwargs: object) -> Decoded:
        decoded = super().decode(*args, **kwargs)
        masks = decoded.masks.clone()
        masks[:, masks.shape[1] // 2 :] = False
        return replace(decoded, masks=masks)


@pytest.fixture
def grey_plane(squares_plane: LabelledPlane) -> LabelledPlane:
    """Rectangles of even place and size, as far above mid-grey as their ground is below."""
    image = np.where(squares_plane.labels > 0, 215, 40).astype(np.uint8)
    return replace(squares_plane, image=np.repeat(image[..., None], 3, -1))


def _score(model: SegmentationModel, plane: LabelledPlane, most: int = 8) -> list[InvariancePlane]:
    return list(score_invariance(Predictor(model), [plane], most))


def test_an_equivariant_model_loses_nothing(grey_plane: LabelledPlane) -> None:
    (scored,) = _score(Sided(), grey_plane)
    assert [score.object_id for score in scored.objects] == [1, 2, 5]
    for score in scored.objects:
        assert score.click == score.box == (1.0,) * (1 + len(TRANSFORMS))
    for summary in summarise_invariance([scored]).values():
        for row in summary.rows:
            assert row.values == (1.0, *(0.0,) * len(TRANSFORMS))


def test_the_difference_is_told_for_each_change(grey_plane: LabelledPlane) -> None:
    labels = np.where(grey_plane.labels == 5, 5, 0)  # in the upper half, right of the middle
    image = np.where(labels > 0, 215, 40).astype(np.uint8)
    plane = replace(grey_plane, labels=labels, image=np.repeat(image[..., None], 3, -1))
    (scored,) = _score(Skewed(), plane)
    row = summarise_invariance([scored])["1 click"].rows[0]
    named = dict(zip((AS_IS.name, *(t.name for t in TRANSFORMS)), row.values, strict=True))
    assert named == {
        "unchanged": 1.0,
        "rotated by 90": 0.0,
        "rotated by 180": -1.0,
        "flipped": 0.0,
        "inverted": 0.0,
        "x 2": 0.0,
        "x 1/2": 0.0,
    }


def test_the_number_of_objects_is_bounded(grey_plane: LabelledPlane) -> None:
    (scored,) = _score(Sided(), grey_plane, most=2)
    assert len(scored.objects) == 2


def test_planes_that_cannot_be_halved_are_left_out(grey_plane: LabelledPlane) -> None:
    small = replace(grey_plane, image=grey_plane.image[:31], labels=grey_plane.labels[:31])
    assert _score(Sided(), small) == []
    empty = replace(grey_plane, labels=np.zeros_like(grey_plane.labels))
    assert _score(Sided(), empty) == []


@pytest.mark.parametrize("name", EXACT)
@given(mask=arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_masks_come_back_as_they_were(name: str, mask: np.ndarray) -> None:
    restored = BY_NAME[name].restore(_change(mask, BY_NAME[name]), mask.shape)
    np.testing.assert_array_equal(restored, mask)


@given(mask=arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_halved_masks_come_back_in_their_size(mask: np.ndarray) -> None:
    half = BY_NAME["x 1/2"]
    changed = np.ones(((mask.shape[0] + 1) // 2, (mask.shape[1] + 1) // 2), bool)
    assert half.restore(changed, mask.shape).shape == mask.shape


@pytest.mark.parametrize("name", EXACT)
@given(
    size=st.tuples(st.integers(2, 12), st.integers(2, 12)),
    at=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
)
def test_points_move_with_their_pixels(
    name: str, size: tuple[int, int], at: tuple[float, float]
) -> None:
    mask = np.zeros(size, bool)
    pixel = int(at[0] * size[0]), int(at[1] * size[1])
    mask[pixel] = True
    moved = BY_NAME[name].point(pixel, size)
    rows, columns = np.nonzero(_change(mask, BY_NAME[name]))
    assert moved == (rows.mean(), columns.mean())


@pytest.mark.parametrize("name", EXACT)
@given(mask=arrays(bool, st.tuples(st.integers(2, 9), st.integers(2, 9))).filter(lambda m: m.any()))
def test_boxes_stay_tight(name: str, mask: np.ndarray) -> None:
    moved = BY_NAME[name].box(tight_box(mask), mask.shape)
    assert moved == box_prompt(_change(mask, BY_NAME[name]))


def test_what_is_halved_is_found_at_half_the_place() -> None:
    half = BY_NAME["x 1/2"]
    assert half.point((5, 8), (20, 20)) == (2.25, 3.75)
    assert half.box((4, 6, 9, 11), (20, 20)) == (2, 3, 4, 5)
    assert half.box((3, 3, 3, 3), (20, 20)) == (1.5, 1.5, 2.0, 2.0)
    image = np.zeros((5, 4, 3), np.uint8)
    image[4, :2] = 100
    image[:2, 2:] = 80
    image[0, 2] = 40
    assert half.image(image)[..., 0].tolist() == [[0, 70], [0, 0], [100, 0]]


def _change(mask: np.ndarray, transform: Transform) -> np.ndarray:
    """Do to a mask what is done to an image's places."""
    picture = np.repeat(np.where(mask, 255, 0).astype(np.uint8)[..., None], 3, -1)
    if transform.name == "inverted":
        return mask
    if transform.name == "x 2":
        return mask.repeat(2, 0).repeat(2, 1)
    return transform.image(picture)[..., 0] > 127
