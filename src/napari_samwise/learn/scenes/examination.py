"""What an examination makes of a plan: where it looks, what is sick, the levels, the labels."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from napari_samwise.learn.scenes.atlas import Drawing, Part, Plan, View, owners_of
from napari_samwise.learn.scenes.canvas import Canvas, blank
from napari_samwise.learn.scenes.draw import Draw


def lesions(
    draw: Draw, plan: Sequence[Part], hosts: Sequence[str], word: str, most: int = 4
) -> Plan:
    """Return a plan with spots of a word inside parts whose word is among the hosts."""
    homes = [part for part in plan if part.word in hosts and not part.piece_of]
    spots: list[Part] = []
    for index in range(draw.whole(0, most + 1) if homes else 0):
        home = draw.pick(homes)
        angle, share = draw.number(0, 2 * math.pi), draw.number(0, 0.75)
        offset = share * math.sin(angle) * home.reach[0], share * math.cos(angle) * home.reach[1]
        turn = math.radians(home.turn)
        spots.append(
            Part(
                word,
                (
                    home.centre[0] + offset[0] * math.cos(turn) - offset[1] * math.sin(turn),
                    home.centre[1] + offset[0] * math.sin(turn) + offset[1] * math.cos(turn),
                ),
                (
                    min(home.reach) * draw.log_number(0.12, 0.5),
                    min(home.reach) * draw.log_number(0.12, 0.5),
                ),
                turn=draw.number(0, 180),
                wall="rim" if draw.chance(0.25) else "",
                key=f"{word} {index}",
                piece_of=home.name,
                clip=True,
            )
        )
    return (*plan, *spots)


def paint(draw: Draw, view: View, drawing: Drawing, levels: Mapping[str, float]) -> Tensor:
    """Return the (Y, X) level of every pixel by its tissue; walls are a few percent thick."""
    outside = levels["outside"]
    fill = [levels[part.tissue or part.word] for part in drawing.parts]
    shell = [
        levels[part.wall] if part.wall else own
        for part, own in zip(drawing.parts, fill, strict=True)
    ]
    device = view.y.device
    inner = torch.tensor([outside, *fill], device=device)[drawing.top]
    outer = torch.tensor([outside, *shell], device=device)[drawing.top]
    thickness = max(draw.number(0.012, 0.03), 1.2 * view.pitch)
    return torch.where(drawing.depth < thickness, outer, inner)


def trace(drawing: Drawing, words: Collection[str]) -> Canvas:
    """Return a canvas without a picture, whose labels are the parts of these words.

    Parameters
    ----------
    drawing : Drawing
        What was drawn.
    words : collection of str
        Pieces of other words show the label of their owner, and other parts are background.

    Returns
    -------
    Canvas
    """
    owners = owners_of(drawing.parts)
    label_of = [0]
    classes: dict[int, str] = {}
    of_index: list[int] = []
    for index, part in enumerate(drawing.parts):
        label = of_index[0] if index else 0  # what has no label of its own belongs to the body
        shared = owners[index] != index and part.word == drawing.parts[owners[index]].word
        if part.word in words and not shared:
            label = len(classes) + 1
            classes[label] = part.word
        elif owners[index] != index:
            label = of_index[owners[index]]
        of_index.append(label)
    label_of += of_index
    device = drawing.top.device
    canvas = blank(drawing.top.shape[0], device)
    table = torch.tensor(label_of, dtype=torch.int32, device=device)
    canvas.labels.copy_(table[drawing.top])
    canvas.classes.update(classes)
    return canvas


def focus_on(
    draw: Draw, plan: Sequence[Part], full_span: float
) -> tuple[tuple[float, float], float]:
    """Choose where to look: at the whole body, or at one part that fills much of the picture.

    Returns
    -------
    focus : tuple of float
        (y, x) in body coordinates.
    span : float
        Body units across the picture.
    """
    if draw.chance(0.6):
        centre = plan[0].centre
        focus = centre[0] + draw.gauss(0.05), centre[1] + draw.gauss(0.05)
        return focus, full_span * draw.number(0.75, 1.1)
    part = draw.pick([part for part in plan if max(part.reach) < 0.7] or list(plan))
    span = max(part.reach) * draw.log_number(2.5, 14)
    away = 0.25 * span
    focus = part.centre[0] + draw.number(-away, away), part.centre[1] + draw.number(-away, away)
    return focus, min(max(span, 0.5), full_span)


def choose_words(draw: Draw, drawing: Drawing, never: Collection[str]) -> set[str]:
    """Choose which of the words in view are labelled: most, few, or the body as a whole."""
    area = torch.bincount(drawing.top.flatten(), minlength=len(drawing.parts) + 1)[1:].tolist()
    shown = {part.word for part, pixels in zip(drawing.parts, area, strict=True) if pixels > 60}
    words = sorted(shown - set(never))
    if draw.chance(0.05) or not words:
        return {drawing.parts[0].word}
    share = draw.pick((1.0, 0.85, 0.5, 0.25), (0.3, 0.4, 0.2, 0.1))
    return {word for word in words if draw.chance(share)} or set(words)
