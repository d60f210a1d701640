"""Anatomy as tables: the parts of a body in body coordinates, drawn together through one view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import grid, smooth_noise
from napari_samwise.learn.scenes.raster import Pixels, inside, windows
from napari_samwise.learn.scenes.raster import paint as layered


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plan: an ellipse, bent or squared, in body coordinates.

    Body coordinates are (y down, x right) with the middle of the body at 0 and its flank at x = 1.

    Parameters
    ----------
    word : str
        What an annotator would call it; also its tissue and key unless these are given.
    centre, reach : tuple of float
        Middle and half axes as (y, x).
    turn : float
        Degrees from y towards x.
    bend : float
        Curves the ellipse like a bean; 0 is straight.
    box : float
        0 is an ellipse, 1 almost a rectangle.
    tissue : str
        Key of the table of levels.
    wall : str
        Tissue of its outermost shell, "" for none.
    key, piece_of : str
        A part moves with, and shows the label of, the part whose key it is a piece of, unless
        its own word is labelled.
    clip : bool
        It is seen only inside the part that it is a piece of.
    chance : float
        How often it is there.
    """

    word: str
    centre: tuple[float, float]
    reach: tuple[float, float]
    turn: float = 0.0
    bend: float = 0.0
    box: float = 0.0
    tissue: str = ""
    wall: str = ""
    key: str = ""
    piece_of: str = ""
    clip: bool = False
    chance: float = 1.0

    @property
    def name(self) -> str:
        """The key, which is the word unless given."""
        return self.key or self.word


Plan = tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where every pixel lies in the body: `y` and `x` are (Y, X); a pixel is ``pitch`` wide."""

    y: Tensor
    x: Tensor
    pitch: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A plan seen through a view.

    Parameters
    ----------
    parts : tuple of Part
        Those that are there.
    top : Tensor
        (Y, X) int64, 1 + index of the part on top, 0 outside the body.
    rho : Tensor
        (Y, X) relative radius in that part, 0 in its middle and 1 at its border.
    depth : Tensor
        (Y, X) about the distance to its border in body units.
    """

    parts: Plan
    top: Tensor
    rho: Tensor
    depth: Tensor

    def shows(self, *tissues: str) -> Tensor:
        """Return (Y, X) bool, where a part of one of these tissues is on top."""
        found = [False, *((part.tissue or part.word) in tissues for part in self.parts)]
        return torch.tensor(found, device=self.top.device)[self.top]


def both(part: Part) -> tuple[Part, Part]:
    """Return a part and its mirror image, whose keys end in " left" and " right"."""
    (y, x), owner = part.centre, part.piece_of
    left = replace(
        part,
        centre=(y, -x),
        turn=-part.turn,
        bend=-part.bend,
        key=f"{part.name} left",
        piece_of=owner and f"{owner} left",
    )
    return left, replace(part, key=f"{part.name} right", piece_of=owner and f"{owner} right")


def look(
    draw: Draw,
    size: int,
    focus: tuple[float, float] = (0.0, 0.0),
    span: float = 2.3,
    bending: float = 1.0,
) -> View:
    """Point a camera at a body that is turned a little and bent out of the textbook's shape.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side in pixels.
    focus : tuple of float
        (y, x) in body coordinates of the picture's middle.
    span : float
        Body units across the picture.
    bending : float
        Strength of the deformation; 0 is rigid.

    Returns
    -------
    View
    """
    pitch = span / size
    y, x = (grid(size, draw.device) - size / 2) * pitch
    turn = math.radians(draw.gauss(6.0))
    y, x = y * math.cos(turn) + x * math.sin(turn), x * math.cos(turn) - y * math.sin(turn)
    for scale, strength in ((0.45, 0.035), (0.12, 0.008)):
        scale_px = min(scale / pitch, 2.0 * size)
        y = y + bending * strength * smooth_noise(draw, size, scale_px)
        x = x + bending * strength * smooth_noise(draw, size, scale_px)
    stretch = math.exp(draw.gauss(0.08))
    return View(y * stretch + focus[0], x / stretch + focus[1], pitch)


def sketch(draw: Draw, view: View, plan: Sequence[Part], wobble: float = 0.12) -> Drawing:
    """Draw the parts of a plan over one another, later over earlier ones.

    Parameters
    ----------
    draw : Draw
        Source of every choice: who is there, and how far everyone is from the textbook.
    view : View
        The camera.
    plan : sequence of Part
        A piece comes after its owner.
    wobble : float
        Unevenness of the outlines.

    Returns
    -------
    Drawing
    """
    parts = _present(draw, plan)
    owners = owners_of(parts)
    shapes = _outlines(draw, view, parts, owners, wobble)
    pixels = _around(view, shapes)
    radius = _radius(view, shapes, pixels.shape, pixels.index)
    within = inside(radius < 1)
    pixels, radius = pixels.take(within), radius.index_select(0, within)
    clip = torch.tensor([part.clip for part in parts], device=radius.device)
    owner = pixels.own(torch.tensor(owners, device=radius.device))
    clipped = inside(pixels.own(clip))
    outside = _radius(view, shapes, owner[clipped], pixels.index[clipped]) >= 1
    shown = torch.ones_like(radius, dtype=torch.bool)
    shown[clipped[outside]] = False
    seen = inside(shown)
    top, rise = layered(pixels.take(seen), 1 - radius.index_select(0, seen), len(parts))
    depth = rise * shapes.reach.amin(1)[(top.long() - 1).clamp(min=0)]
    return Drawing(tuple(parts), top.long(), 1 - rise, depth)


def _present(draw: Draw, plan: Sequence[Part]) -> list[Part]:
    """Throw the dice for every part; without its owner a piece is not there either."""
    parts: list[Part] = []
    names: set[str] = set()
    for part in plan:
        there = draw.chance(part.chance)
        if there and (not part.piece_of or part.piece_of in names):
            parts.append(part)
            names.add(part.name)
    return parts


def owners_of(parts: Sequence[Part]) -> list[int]:
    """Return for every part the index of its owner, or its own."""
    index_of = {part.name: index for index, part in reversed(list(enumerate(parts)))}
    return [index_of[part.piece_of or part.name] for part in parts]


@dataclass(frozen=True, slots=True, eq=False)
class _Shapes:
    """Ellipses of N parts: `middle` and `reach` (N, 2), the rest (N,), and three uneven fields."""

    middle: Tensor
    reach: Tensor
    turn: Tensor
    bend: Tensor
    box: Tensor
    band: Tensor
    uneven: Tensor


def _outlines(
    draw: Draw, view: View, parts: Sequence[Part], owners: Sequence[int], wobble: float
) -> _Shapes:
    """Move, stretch and turn the parts a little; a piece goes where its owner goes."""
    count, device = len(parts), view.y.device
    rows = [(*p.centre, *p.reach, p.turn, p.bend, p.box) for p in parts]
    table = torch.tensor(rows, device=device)
    centre, reach = table[:, :2], table[:, 2:4]
    root = torch.tensor(owners, device=device)
    shift = draw.normal(count, 2)[root] * (0.15 * reach[root].amin(1, True)).clamp(max=0.03)
    growth = torch.exp(0.1 * draw.normal(count, 2)[root])
    middle = centre[root] + (centre - centre[root]) * growth + shift
    own = torch.where(root == torch.arange(count, device=device), 0.05, 0.02)[:, None]
    reach = reach * growth * torch.exp(own * draw.normal(count, 2))
    turn = torch.deg2rad(table[:, 4]) + 0.1 * draw.normal(count)[root]
    scales = (0.06, 0.16, 0.45)  # the waves of an outline are as long as the part is wide
    band = torch.bucketize(reach.amin(1), torch.tensor([0.08, 0.25], device=device))
    size = view.y.shape[0]
    waves = [smooth_noise(draw, size, max(scale / view.pitch, 3)) for scale in scales]
    strength = torch.tensor([4 * wobble, 4 * wobble, 1.5 * wobble], device=device)[:, None]
    uneven = 1 + (torch.stack(waves).flatten(1) * strength).clamp(-0.7, 2)
    return _Shapes(middle, reach, turn, table[:, 5], table[:, 6], band, uneven)


def _around(view: View, shapes: _Shapes) -> Pixels:
    """Return the pixels of a window around every part that is in view."""
    step = 4
    seen = torch.stack([view.y[::step, ::step].flatten(), view.x[::step, ::step].flatten()], 1)
    away, nearest = torch.cdist(shapes.middle, seen).min(1)
    far = 1.35 * shapes.reach.amax(1) * (1 + 0.2 * shapes.box)
    half = (far + away)[:, None] / view.pitch + 2 * step
    half = torch.where((away < far)[:, None], half, -2.0)
    columns = view.y[::step, ::step].shape[1]
    centre = step * torch.stack([nearest // columns, nearest % columns], 1).float()
    return windows(centre - half, centre + half, view.y.shape[0])


def _radius(view: View, shapes: _Shapes, part: Tensor, index: Tensor) -> Tensor:
    """Return (P,) the relative radius in a part at a pixel, both given by (P,) indices."""
    cosine, sine = torch.cos(shapes.turn), torch.sin(shapes.turn)
    dy = view.y.flatten().index_select(0, index) - shapes.middle[:, 0].index_select(0, part)
    dx = view.x.flatten().index_select(0, index) - shapes.middle[:, 1].index_select(0, part)
    to_along = torch.stack([cosine, sine]) / shapes.reach[:, 0]
    to_across = torch.stack([-sine, cosine]) / shapes.reach[:, 1]
    along_y, along_x = to_along.index_select(1, part)
    across_y, across_x = to_across.index_select(1, part)
    along, across = dy * along_y + dx * along_x, dy * across_y + dx * across_x
    along = along.square_()
    across = (across + shapes.bend.index_select(0, part) * (along - 0.5)).square_()
    # x^4 + y^4 = 1 is almost a rectangle, (x^2 + y^2)^2 = 1 a circle; the box is between the two.
    quartic = (along + across).square_() - 2 * shapes.box.index_select(0, part) * along * across
    wave = shapes.band.index_select(0, part) * view.y.numel() + index
    radius: Tensor = (
        (quartic * shapes.uneven.flatten().index_select(0, wave)).clamp_(min=0).sqrt_().sqrt_()
    )
    return radius
