"""Magnetic resonance: brains, hearts, knees and bodies in T1, T2, FLAIR and random contrast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes import axial_plans, long_plans
from napari_samwise.learn.scenes.atlas import Plan, look, sketch
from napari_samwise.learn.scenes.brain import head, label_head
from napari_samwise.learn.scenes.canvas import Canvas, Painter
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.examination import (
    choose_words,
    focus_on,
    lesions,
    paint,
    trace,
)
from napari_samwise.learn.scenes.fields import blur, smooth_noise

#: Signal of a tissue in T1, T2 and FLAIR weighting, of 1.
_SIGNAL: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "outside": (0.0, 0.0, 0.0),
        "gas": (0.02, 0.02, 0.02),
        "lung": (0.06, 0.08, 0.06),
        "cortex": (0.06, 0.05, 0.05),
        "fat": (0.9, 0.75, 0.6),
        "skin": (0.5, 0.4, 0.4),
        "cavity": (0.85, 0.7, 0.6),
        "mediastinum": (0.7, 0.6, 0.5),
        "muscle": (0.4, 0.22, 0.3),
        "heart": (0.4, 0.35, 0.35),
        "myocardium": (0.4, 0.3, 0.35),
        "blood": (0.7, 0.8, 0.3),
        "artery": (0.6, 0.1, 0.3),
        "vein": (0.5, 0.3, 0.3),
        "liver": (0.55, 0.3, 0.4),
        "spleen": (0.4, 0.55, 0.5),
        "pancreas": (0.6, 0.4, 0.45),
        "kidney": (0.42, 0.65, 0.5),
        "kidney cortex": (0.5, 0.6, 0.5),
        "medulla": (0.38, 0.75, 0.55),
        "bile": (0.3, 0.95, 0.2),
        "urine": (0.2, 1.0, 0.15),
        "csf": (0.18, 1.0, 0.12),
        "nerve": (0.6, 0.4, 0.45),
        "chyme": (0.35, 0.5, 0.4),
        "contrast": (0.7, 0.9, 0.5),
        "gut wall": (0.4, 0.3, 0.35),
        "prostate": (0.4, 0.7, 0.5),
        "zone": (0.42, 0.45, 0.4),
        "uterus": (0.45, 0.55, 0.5),
        "marrow": (0.75, 0.5, 0.45),
        "disc": (0.4, 0.6, 0.45),
        "oesophagus": (0.4, 0.35, 0.35),
        "tendon": (0.1, 0.08, 0.08),
        "cartilage": (0.5, 0.6, 0.55),
        "white": (0.8, 0.38, 0.45),
        "grey": (0.58, 0.58, 0.6),
        "nucleus": (0.64, 0.5, 0.55),
        "lesion": (0.45, 0.8, 0.95),
        "oedema": (0.55, 0.8, 0.9),
        "tumor": (0.5, 0.65, 0.75),
        "rim": (0.85, 0.6, 0.8),
        "necrosis": (0.3, 0.85, 0.45),
    }
)
_NEVER = frozenset({"body", "muscle", "fat", "cavity", "mediastinum", "gas"})


def _signals(draw: Draw) -> dict[str, float]:
    """Return the levels of one weighting, or of none that exists, for robustness."""
    if draw.chance(0.2):
        return {tissue: draw.number(0.05, 1.0) for tissue in _SIGNAL} | {"outside": 0.0}
    first, second = draw.whole(0, 3), draw.whole(0, 3)
    mixed = draw.pick((0.0, draw.number(0, 0.5)))
    return {
        tissue: max(
            ((1 - mixed) * signal[first] + mixed * signal[second]) * (1 + draw.gauss(0.06)), 0.0
        )
        for tissue, signal in _SIGNAL.items()
    }


def _receive(draw: Draw, signal: Tensor, pitch: float) -> Tensor:
    """Return `(Y, X)` as a scanner shows it: partial volume, texture, bias of the coil, noise."""
    size = signal.shape[0]
    signal = blur(signal, draw.number(0.3, 1.4))
    texture = smooth_noise(draw, size, max(draw.log_number(0.02, 0.12) / pitch, 1.5))
    signal = signal * (1 + draw.number(0, 0.09) * texture)
    bias = smooth_noise(draw, size, size * draw.number(0.5, 1.2))
    signal = signal * torch.exp(draw.number(0, 0.35) * bias)
    # The magnitude of a complex signal with noise: Rician (Gudbjartsson & Patz 1995).
    sigma = draw.log_number(0.005, 0.08)
    real, imaginary = draw.normal(2, size, size) * sigma
    return torch.hypot(signal + real, imaginary)


def brain(draw: Draw, size: int) -> Canvas:
    """Paint a slice of a head, seldom without its skull."""
    section = head(draw, size)
    signal = section.levels(_signals(draw))
    if draw.chance(0.2):  # skulls are often stripped before anything else is done
        signal = signal * section.brain
    canvas = label_head(draw, section)
    canvas.image += _receive(draw, signal, section.view.pitch)
    return canvas


def _kind(plan: Callable[[Draw], Plan], hosts: tuple[str, ...], full_span: float) -> Painter:
    """Return the painter of MR cuts of one plan; ``hosts`` may have lesions."""

    def painter(draw: Draw, size: int) -> Canvas:
        parts = lesions(draw, plan(draw), hosts, draw.pick(("lesion", "tumor")), 3)
        focus, span = focus_on(draw, parts, full_span)
        view = look(draw, size, focus, span)
        drawing = sketch(draw, view, parts, draw.number(0.04, 0.2))
        signal = paint(draw, view, drawing, _signals(draw))
        canvas = trace(drawing, choose_words(draw, drawing, _NEVER))
        canvas.image += _receive(draw, signal, view.pitch)
        return canvas

    return painter


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "mr_brain": brain,
        "mr_heart": _kind(long_plans.heart, ("liver",), 1.9),
        "mr_abdomen": _kind(axial_plans.abdomen, ("liver", "kidney", "spleen"), 2.3),
        "mr_pelvis": _kind(axial_plans.pelvis, ("prostate", "uterus", "bladder"), 2.0),
        "mr_knee": _kind(long_plans.knee, ("femur", "tibia"), 2.3),
        "mr_spine": _kind(long_plans.spine, ("vertebra",), 2.3),
    }
)
