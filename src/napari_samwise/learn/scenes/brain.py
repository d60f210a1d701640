"""A slice of a head: scalp, skull, folded cortex, ventricles, deep nuclei, tumours, lesions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from napari_samwise.learn.scenes.atlas import Part, Plan, View, both, look, sketch
from napari_samwise.learn.scenes.canvas import Canvas, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.examination import lesions
from napari_samwise.learn.scenes.fields import smooth_noise


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A slice of a head.

    Parameters
    ----------
    view : View
        From where it is seen.
    words : tuple of str
        One a part; the first is "".
    tissues : tuple of str
        Of each part.
    part : Tensor
        (Y, X) int64 into both.
    brain : Tensor
        (Y, X) bool, all within the skull but the fluid around the brain.
    """

    view: View
    words: tuple[str, ...]
    tissues: tuple[str, ...]
    part: Tensor
    brain: Tensor

    def levels(self, of_tissue: Mapping[str, float]) -> Tensor:
        """Return (Y, X) the level of every pixel by its tissue."""
        table = [of_tissue[tissue] for tissue in self.tissues]
        return torch.tensor(table, device=self.part.device)[self.part]


def _axial(draw: Draw) -> tuple[Plan, Plan]:
    """Return the shells of a head seen from below, and what is deep in it."""
    horn = Part("ventricle", (-0.25, 0.13), (0.27, 0.075), turn=18, bend=0.5, tissue="csf")
    back = Part("ventricle", (0.27, 0.2), (0.22, 0.07), turn=-22, tissue="csf", key="back horn")
    deep = (
        *both(Part("thalamus", (0.03, 0.13), (0.17, 0.11), turn=20, tissue="nucleus")),
        *both(Part("putamen", (-0.1, 0.33), (0.2, 0.07), turn=-15, tissue="nucleus")),
        *both(Part("caudate", (-0.3, 0.2), (0.1, 0.05), turn=15, tissue="nucleus")),
        *both(horn),
        *(both(back) if draw.chance(0.6) else ()),
        Part("ventricle", (0.02, 0.0), (0.13, 0.02), tissue="csf", key="third"),
    )
    return _shells((1.0, 0.82)), deep


def _sagittal(draw: Draw) -> tuple[Plan, Plan]:
    """Return the shells of a head seen from its side, the face to the left, and what is deep."""
    deep = (
        Part("corpus callosum", (-0.02, -0.03), (0.42, 0.1), turn=90, bend=1.6, tissue="white"),
        Part("ventricle", (0.08, -0.03), (0.3, 0.06), turn=90, bend=1.2, tissue="csf"),
        Part("thalamus", (0.18, 0.0), (0.1, 0.16), tissue="nucleus"),
        Part("cerebellum", (0.58, 0.48), (0.22, 0.28), turn=15, tissue="nucleus"),
        Part("brainstem", (0.55, 0.08), (0.34, 0.11), turn=12, tissue="white"),
        Part("brainstem", (0.47, 0.03), (0.13, 0.15), tissue="white", key="pons"),
    )
    return _shells((0.86, 1.0)), deep


def _coronal(draw: Draw) -> tuple[Plan, Plan]:
    """Return the shells of a head seen from its front, and what is deep in it."""
    horn = Part("ventricle", (-0.12, 0.12), (0.16, 0.06), turn=125, bend=0.4, tissue="csf")
    deep = (
        *both(Part("thalamus", (0.08, 0.12), (0.13, 0.1), tissue="nucleus")),
        *both(Part("putamen", (0.05, 0.35), (0.15, 0.07), turn=15, tissue="nucleus")),
        *both(horn),
        Part("ventricle", (0.07, 0.0), (0.12, 0.02), tissue="csf", key="third"),
        *both(Part("hippocampus", (0.37, 0.35), (0.06, 0.12), turn=20, tissue="nucleus")),
        Part("brainstem", (0.55, 0.0), (0.35, 0.13), tissue="white", chance=0.6),
        *both(Part("cerebellum", (0.72, 0.3), (0.18, 0.25), tissue="nucleus", chance=0.4)),
    )
    return _shells((0.92, 0.85)), deep


def _shells(reach: tuple[float, float]) -> Plan:
    """Return scalp, skull and fluid as ellipses within one another."""
    layers = (
        ("scalp", "fat", 1.16),
        ("skull", "cortex", 1.1),
        ("fluid", "csf", 1.02),
        ("brain", "white", 1.0),
    )
    return tuple(
        Part(
            word,
            (0.0, 0.0),
            (reach[0] * grown, reach[1] * grown),
            box=0.15,
            tissue=tissue,
            piece_of="" if word == "scalp" else "scalp",
            clip=word != "scalp",
        )
        for word, tissue, grown in layers
    )


def head(draw: Draw, size: int, sick: float = 0.6) -> Head:
    """Draw a slice of a head.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side in pixels.
    sick : float
        How often there is a tumour with oedema, or lesions of the white matter.

    Returns
    -------
    Head
    """
    cut = draw.pick((_axial, _sagittal, _coronal), (0.55, 0.25, 0.2))
    shells, deep = cut(draw)
    if draw.chance(sick):
        deep = (*deep, *_disease(draw))
    zoomed = draw.chance(0.25)
    focus = (draw.number(-0.4, 0.4), draw.number(-0.4, 0.4)) if zoomed else (0.0, 0.0)
    view = look(draw, size, focus, draw.number(0.9, 1.5) if zoomed else draw.number(2.35, 3.0), 0.7)
    outer = sketch(draw, view, shells, 0.05)
    inner = sketch(draw, view, deep, draw.number(0.05, 0.2))
    brain = outer.shows("white")
    ribbon, sulcus = _folds(draw, view, outer.depth, cut is not _sagittal)
    parts = (*outer.parts, Part("grey matter", (0, 0), (1, 1), tissue="grey"), *inner.parts)
    words = ("", *(part.word for part in parts))
    part = outer.top.clone()
    part[brain & ribbon] = len(shells) + 1
    part[brain & sulcus] = len(shells) - 1
    shown = brain & (inner.top > 0)
    part[shown] = inner.top[shown] + len(shells) + 1
    return Head(view, words, ("outside", *(p.tissue or p.word for p in parts)), part, brain)


def _folds(draw: Draw, view: View, depth: Tensor, halves: bool) -> tuple[Tensor, Tensor]:
    """Return the grey ribbon and the furrows, both (Y, X) bool, of a brain of this depth.

    Furrows are the zero lines of noise near the surface; the ribbon follows both.
    """
    size = depth.shape[0]
    width = draw.number(0.09, 0.15)
    waves = smooth_noise(draw, size, width / view.pitch)
    furrow = waves.abs() * width * 0.45  # about the distance to a zero line of such noise
    reach = draw.number(0.22, 0.38) * (1 + 0.3 * smooth_noise(draw, size, 0.3 / view.pitch))
    furrow = furrow + 0.5 * (depth - reach).clamp(min=0)
    if halves:
        furrow = torch.minimum(furrow, (view.x + 0.012 * waves).abs() + (0.25 - depth).clamp(max=0))
        middle = torch.where(depth < 0.6, view.x.abs(), 1.0)
        furrow = torch.minimum(furrow, middle)
    away = torch.minimum(depth, furrow)
    return away < draw.number(0.04, 0.065), away < draw.number(0.006, 0.018)


def _disease(draw: Draw) -> Plan:
    """Return a tumour within its oedema, or a few small lesions."""
    angle, share = draw.number(0, 2 * math.pi), draw.number(0.25, 0.65)
    centre = share * math.sin(angle), 0.8 * share * math.cos(angle)
    if draw.chance(0.4):
        matter = Part("brain", (0.0, 0.0), (0.6, 0.55), key="matter")
        spots = lesions(draw, (matter,), ("brain",), "lesion", 7)[1:]
        return tuple(replace(spot, piece_of="", clip=False) for spot in spots)
    reach, solid = draw.number(0.1, 0.3), draw.pick(("tumor", "rim"))
    oedema = Part(
        "oedema",
        centre,
        (reach * draw.number(1.2, 1.9), reach * draw.number(1.2, 1.9)),
        turn=draw.number(0, 180),
        chance=0.75,
    )
    return (
        oedema,
        Part("tumor", centre, (reach, reach * draw.number(0.7, 1.2)), tissue=solid),
        Part(
            "tumor", centre, (0.6 * reach, 0.55 * reach), tissue="necrosis", key="core", chance=0.6
        ),
    )


_TISSUES = frozenset({"grey matter", "white matter", "ventricle"})
_SICK = frozenset({"tumor", "oedema", "lesion"})
#: Of these a slice may show several, and each is an object.
_TWINS = frozenset({"thalamus", "putamen", "caudate", "hippocampus", "cerebellum", "lesion"})
_STRUCTURES = _TWINS - _SICK | {"ventricle", "brainstem", "corpus callosum"}
_WHOLE = frozenset({"brain"})
_SCHEMES = (_TISSUES, _STRUCTURES, _SICK, _WHOLE)


def label_head(draw: Draw, section: Head, faint: bool = False) -> Canvas:
    """Return a canvas without a picture, labelled by one of four schemes.

    Tissues, structures, what is sick, or the brain as a whole; a tumour with its oedema or each
    by itself. Where the contrast is ``faint``, only ventricles are told apart from the brain.
    """
    canvas = blank(section.part.shape[0], draw.device)
    ill = not _SICK.isdisjoint(section.words)
    outline = 0.0 if float(section.brain.float().mean()) > 0.9 else 0.15
    scheme = draw.pick(_SCHEMES, (0.2, 0.2, 0.45 if ill else 0.0, outline))
    if faint and scheme in (_TISSUES, _STRUCTURES):
        scheme = _WHOLE if outline and draw.chance(0.5) else frozenset({"ventricle"})
    groups: dict[str, int] = {}
    label_of: list[int] = []
    renamed = {"brain": "white matter"} if scheme == _TISSUES else {}
    renamed |= {"oedema": "tumor"} if draw.chance(0.5) else {}
    for index, own_word in enumerate(section.words):
        word = renamed.get(own_word, own_word)
        key = f"{word} {index}" if word in _TWINS else word
        label_of.append(groups.setdefault(key, len(groups) + 1) if word in scheme else 0)
    layer = torch.tensor(label_of, device=draw.device)[section.part]
    if scheme == _WHOLE or not bool(layer.any()):  # nothing of the scheme may be in view
        layer, groups = section.brain.int(), {"brain": 1}
    canvas.add_layer(layer, [key.rstrip(" 0123456789") for key in groups])
    return canvas
