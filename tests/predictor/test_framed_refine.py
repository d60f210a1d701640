"""The outline of what was found on a coarse level, drawn again on a finer one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skimage.measure import block_reduce

from napari_samwise.errors import Cancelled
from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.frame_encoder import Candidate, FrameEncoder
from napari_samwise.predictor.framed_mask import FramedMask, Piece
from napari_samwise.predictor.framed_refine import refine
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
SIZE = (900, 2100)
COARSE = 4


@pytest.fixture
def truth() -> np.ndarray:
    """`(900, 2100)` bool: a band two coarse frames long, whose width is no multiple of a cell."""
    mask = np.zeros(SIZE, dtype=bool)
    mask[403:498, 70:2045] = True
    return mask


@pytest.fixture
def frames(frame_model: Any, truth: np.ndarray) -> FrameEncoder:
    image = np.where(truth, 200, 50).astype(np.uint8)
    return FrameEncoder(Predictor(frame_model), PlaneSource(image), LIMITS, 64)


def followed(frames: FrameEncoder, level: int, *columns: int) -> FramedMask:
    """A mask of several pieces, such as following from end to end makes."""
    parts = [frames.propose([level], Prompts([(450, x)]))[0].mask for x in columns]
    return parts[0].add(*(piece for part in parts[1:] for piece in part.pieces))


def wrong(mask: FramedMask, truth: np.ndarray) -> int:
    return int(np.count_nonzero(mask.cut(Roi((0, 0), SIZE)) != truth))


def test_a_followed_mask_is_drawn_finely(frames: FrameEncoder, truth: np.ndarray) -> None:
    mask = followed(frames, COARSE, 300, 1100, 1800)
    fine = refine(frames, mask, lambda: None)
    cells = [piece for piece in fine.pieces if piece.cell is not None]
    assert {piece.level for piece in cells} == {COARSE - 2}
    assert fine.level == COARSE
    # Not of the first piece alone: along the whole band, from end to end.
    assert min(piece.cell.offset[1] for piece in cells if piece.cell) < 100
    assert max(piece.cell.end[1] for piece in cells if piece.cell) > 2000
    perimeter = 2 * (95 + 1975)
    assert wrong(mask, truth) > 3 * perimeter
    assert wrong(fine, truth) < 2 * perimeter


def test_a_thin_mask_is_drawn_until_its_width_has_pixels(
    frames: FrameEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 px wide: one pixel of the coarse level, five of the finer one, ten of the next."""
    truth = np.zeros((912, 2112), dtype=bool)
    truth[403:423, 70:2045] = True

    def exact(self: FrameEncoder, levels: list[int], *_: Any, **__: Any) -> list[Candidate]:
        share = block_reduce(truth, 1 << levels[0], np.mean)
        patch = LogitsPatch((16 * share - 8).astype(np.float32), (0.0, 0.0), 1 << levels[0])
        return [Candidate(FramedMask((Piece(patch, levels[0]),), SIZE), 0.9)]

    monkeypatch.setattr(FrameEncoder, "propose", exact)
    mask = frames.propose([COARSE], Prompts([(410, 300)]))[0].mask
    once = refine(frames, mask, lambda: None)
    assert {piece.level for piece in once.pieces if piece.cell} == {COARSE - 2}, "slow to encode"
    monkeypatch.setattr(frames.model, "encodes_fast", True)
    fine = refine(frames, mask, lambda: None)
    assert {piece.level for piece in fine.pieces if piece.cell} == {COARSE - 2, COARSE - 3}
    perimeter = 2 * (20 + 1975)
    assert wrong(mask, truth[: SIZE[0], : SIZE[1]]) > perimeter
    assert wrong(fine, truth[: SIZE[0], : SIZE[1]]) < perimeter / 2


def test_a_fine_mask_stays_as_it_is(frames: FrameEncoder) -> None:
    mask = followed(frames, 3, 300)
    assert refine(frames, mask, lambda: None) is mask


def test_what_a_finer_level_sees_otherwise_stays_coarse(frame_model: Any) -> None:
    """A texture: grey on the coarse level, a checkerboard on the finer one."""
    image = np.full(SIZE, 50, dtype=np.uint8)
    rows, columns = np.ogrid[403:498, 70:2045]
    image[403:498, 70:2045] = np.where((rows // 8 + columns // 8) % 2, 255, 90)
    frames = FrameEncoder(Predictor(frame_model), PlaneSource(image), LIMITS, 64)
    mask = followed(frames, COARSE, 300, 1800)
    fine = refine(frames, mask, lambda: None)
    whole = Roi((0, 0), SIZE)
    np.testing.assert_array_equal(fine.cut(whole), mask.cut(whole))


def test_it_can_be_stopped(frames: FrameEncoder) -> None:
    def stop() -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        refine(frames, followed(frames, COARSE, 300), stop)
