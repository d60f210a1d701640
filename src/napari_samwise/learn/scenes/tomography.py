"""X-ray computed tomography: cuts through a body in Hounsfield units, seen through a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes import axial_plans, long_plans
from napari_samwise.learn.scenes.atlas import Drawing, Plan, View, look, sketch
from napari_samwise.learn.scenes.brain import head, label_head
from napari_samwise.learn.scenes.canvas import Canvas, Painter
from napari_samwise.learn.scenes.curves import random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.examination import (
    choose_words,
    focus_on,
    lesions,
    paint,
    trace,
)
from napari_samwise.learn.scenes.fields import blur, smooth_noise

#: Hounsfield units without contrast medium, and the spread from one scene to the next.
_HU: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "outside": (-1000, 0),
        "gas": (-980, 15),
        "lung": (-840, 50),
        "fat": (-100, 12),
        "skin": (20, 20),
        "cavity": (-95, 12),
        "mediastinum": (-60, 40),
        "muscle": (52, 8),
        "heart": (45, 10),
        "myocardium": (60, 20),
        "liver": (58, 12),
        "spleen": (50, 10),
        "pancreas": (40, 10),
        "kidney": (36, 8),
        "kidney cortex": (38, 8),
        "medulla": (34, 8),
        "artery": (42, 8),
        "vein": (42, 8),
        "blood": (45, 8),
        "bile": (8, 6),
        "urine": (6, 8),
        "csf": (15, 10),
        "nerve": (35, 8),
        "chyme": (25, 30),
        "contrast": (250, 80),
        "gut wall": (48, 15),
        "prostate": (40, 8),
        "zone": (50, 10),
        "uterus": (55, 12),
        "marrow": (190, 70),
        "cortex": (700, 200),
        "disc": (80, 20),
        "oesophagus": (40, 10),
        "tendon": (90, 15),
        "cartilage": (70, 15),
        "lesion": (25, 35),
        "tumor": (35, 30),
        "nodule": (20, 30),
        "rim": (85, 30),
        "white": (28, 3),
        "grey": (38, 3),
        "nucleus": (36, 3),
        "oedema": (18, 5),
        "necrosis": (14, 6),
    }
)
#: What contrast medium adds, as shares of its concentration in the arteries.
_UPTAKE = MappingProxyType(
    {
        "artery": (1.0, 0.6),
        "vein": (0.35, 0.7),
        "blood": (0.9, 0.6),
        "kidney cortex": (0.7, 0.7),
        "kidney": (0.35, 0.6),
        "medulla": (0.2, 0.6),
        "spleen": (0.45, 0.35),
        "liver": (0.1, 0.35),
        "pancreas": (0.35, 0.2),
        "myocardium": (0.3, 0.25),
        "gut wall": (0.2, 0.2),
        "uterus": (0.2, 0.3),
        "prostate": (0.1, 0.15),
        "rim": (0.3, 0.3),
        "tumor": (0.1, 0.1),
    }
)
#: Windows as (lowest, highest) HU.
_SOFT, _LUNG, _BONE = (-150.0, 250.0), (-1250.0, 250.0), (-350.0, 1100.0)
_WHOLE, _BRAIN = (-1000.0, 1400.0), (-10.0, 90.0)
_NEVER = frozenset({"body", "muscle", "fat", "cavity", "mediastinum", "gas"})


def _units(draw: Draw) -> dict[str, float]:
    """Return this patient's Hounsfield units, with or without contrast medium."""
    levels = {tissue: mean + draw.gauss(spread) for tissue, (mean, spread) in _HU.items()}
    if draw.chance(0.65):
        peak, phase = draw.number(80, 330), draw.whole(0, 2)
        for tissue, uptake in _UPTAKE.items():
            levels[tissue] += peak * uptake[phase] * draw.number(0.8, 1.2)
    return levels


@dataclass(frozen=True, slots=True)
class _Protocol:
    """How a region is scanned.

    Parameters
    ----------
    plan : callable
        Its anatomy.
    hosts : tuple of str
        Which parts may have lesions.
    full_span : float
        Body units across a picture of the whole.
    air : bool
        It is mostly seen through a window for lungs.
    couch : bool
        The cut is across, and shows what the patient lies on.
    """

    plan: Callable[[Draw], Plan]
    hosts: tuple[str, ...]
    full_span: float = 2.3
    air: bool = False
    couch: bool = True

    def __call__(self, draw: Draw, size: int) -> Canvas:
        """Paint a cut, of the whole region or near one organ."""
        spot = draw.pick(("lesion", "tumor", "nodule") if self.air else ("lesion", "tumor"))
        plan = lesions(draw, self.plan(draw), self.hosts, spot)
        focus, span = focus_on(draw, plan, self.full_span)
        view = look(draw, size, focus, span)
        drawing = sketch(draw, view, plan, draw.number(0.04, 0.2))
        units = paint(draw, view, drawing, _units(draw))
        units = _lung_vessels(draw, view, drawing, units)
        if self.couch and draw.chance(0.5):
            units = _table(draw, view, drawing, units)
        units = units + _grain(draw, view, drawing.shows("marrow"))
        shares = (0.2, 0.35, 0.05, 0.4) if self.air else (0.6, 0.02, 0.1, 0.28)
        window = draw.pick((_SOFT, _LUNG, _BONE, _WHOLE), shares)
        canvas = trace(drawing, choose_words(draw, drawing, _NEVER))
        canvas.image += _windowed(draw, units, window)
        return canvas


def _windowed(draw: Draw, units: Tensor, window: tuple[float, float]) -> Tensor:
    """Return (Y, X) from 0 to 1 through a window about as wide as this."""
    middle = (window[0] + window[1]) / 2 + draw.gauss(0.04) * (window[1] - window[0])
    width = (window[1] - window[0]) * draw.number(0.7, 1.25)
    return ((units - middle) / width + 0.5).clamp(0, 1)


def skull(draw: Draw, size: int) -> Canvas:
    """Paint a cut through a head: within the bright skull all is alike, but for blood."""
    section = head(draw, size)
    levels = _units(draw)
    levels["lesion"] = draw.pick((draw.number(50, 85), draw.number(5, 25)))
    units = section.levels(levels)
    grain = _grain(draw, section.view, torch.zeros_like(section.brain))
    units = units + grain * draw.number(0.05, 0.3)
    canvas = label_head(draw, section, faint=True)
    canvas.image += _windowed(draw, units, draw.pick((_BRAIN, _SOFT, _WHOLE), (0.75, 0.2, 0.05)))
    return canvas


def _lung_vessels(draw: Draw, view: View, drawing: Drawing, units: Tensor) -> Tensor:
    """Fill lungs with branches that are no objects: an annotator's lung includes them."""
    lung = drawing.shows("lung")
    if not bool(lung.any()):
        return units
    size, count = units.shape[0], draw.whole(40, 150)
    reach = 0.25 / view.pitch
    starts = draw.uniform(-0.1 * size, 1.1 * size, count, 2)
    lengths = draw.log_uniform(0.05 * reach, reach, count)
    curves = random_curves(draw, starts, draw.uniform(0, 6.3, count), lengths, 0.6, 12)
    thick = draw.log_uniform(0.006, 0.035, count, 1) / view.pitch
    taper = torch.linspace(1, 0.3, 12, device=draw.device)
    layer, _ = raster_curves(curves, (thick * taper).clamp(min=1.0), size)
    level = torch.cat([draw.uniform(0, 1, 1), draw.uniform(-500, 60, count)])[layer.long()]
    haze = smooth_noise(draw, size, 0.15 / view.pitch) * draw.number(10, 70)
    return torch.where(lung, torch.where(layer > 0, level, units + haze), units)


def _table(draw: Draw, view: View, drawing: Drawing, units: Tensor) -> Tensor:
    """Put the couch under the body."""
    behind = view.y - draw.number(0.72, 0.85) + draw.number(0, 0.15) * view.x.square()
    inside = (behind > 0) & (behind < 0.05) & (drawing.top == 0)
    shell = (behind < 0.012) | (behind > 0.038)
    couch = torch.where(shell, draw.number(-200, 200), -850.0)
    return torch.where(inside, couch, units)


def _grain(draw: Draw, view: View, spongy: Tensor) -> Tensor:
    """Return the noise of the reconstruction, and mottle, which is strong in spongy bone."""
    size = spongy.shape[0]
    noise = draw.normal(size, size)
    if draw.chance(0.7):
        noise = blur(noise, draw.number(0.5, 1.6))
        noise = noise / noise.std()
    mottle = smooth_noise(draw, size, max(draw.number(0.015, 0.06) / view.pitch, 1.5))
    within = torch.where(spongy, draw.number(20, 90), draw.number(0, 9))
    return noise * draw.log_number(4, 40) + mottle * within


_ABDOMINAL = ("liver", "kidney", "spleen", "pancreas")

#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "ct_abdomen": _Protocol(axial_plans.abdomen, _ABDOMINAL),
        "ct_thorax": _Protocol(axial_plans.thorax, ("lung", "lung", "mediastinum"), air=True),
        "ct_pelvis": _Protocol(axial_plans.pelvis, ("bladder", "prostate", "uterus")),
        "ct_trunk": _Protocol(
            long_plans.trunk, ("liver", "lung", "kidney"), 2.9, air=True, couch=False
        ),
        "ct_spine": _Protocol(long_plans.spine, ("vertebra",), couch=False),
        "ct_head": skull,
    }
)
