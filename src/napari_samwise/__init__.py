"""Segment Anything, slice-wise, in napari: click, see the mask, keep it.

The public names load on first use, so that importing the package is quick: napari discovers
plugins by importing them, and torch takes seconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_samwise._version import __version__
    from napari_samwise.batch.recipe import Recipe
    from napari_samwise.batch.run import batch
    from napari_samwise.journal.replay import replay
    from napari_samwise.plugin.annotate import annotate
    from napari_samwise.predictor.embedding import Embedding
    from napari_samwise.predictor.framed import FramedPlane
    from napari_samwise.predictor.plane_source import PlaneSource
    from napari_samwise.predictor.prediction import Prediction
    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.prompts import Prompts
    from napari_samwise.segment.everything.generate import segment_everything
    from napari_samwise.segment.objects import segment
    from napari_samwise.segment.text.find import segment_text
    from napari_samwise.segment.tracking.linking import link_labels
    from napari_samwise.segment.tracking.options import TrackingOptions
    from napari_samwise.segment.tracking.track import track
    from napari_samwise.segment.tracking.tracks import Tracks
    from napari_samwise.segment.volume.correct import correct_volume
    from napari_samwise.segment.volume.interpolate import interpolate_slices
    from napari_samwise.segment.volume.link import link_slices
    from napari_samwise.segment.volume.propagate import segment_volume
    from napari_samwise.segment.volume.result import Volume
    from napari_samwise.weights.load import load_model

__all__ = [
    "Embedding",
    "FramedPlane",
    "PlaneSource",
    "Prediction",
    "Predictor",
    "Prompts",
    "Recipe",
    "TrackingOptions",
    "Tracks",
    "Volume",
    "__version__",
    "annotate",
    "batch",
    "correct_volume",
    "interpolate_slices",
    "link_labels",
    "link_slices",
    "load_model",
    "replay",
    "segment",
    "segment_everything",
    "segment_text",
    "segment_volume",
    "track",
]

_HOMES = {
    "Embedding": "napari_samwise.predictor.embedding",
    "FramedPlane": "napari_samwise.predictor.framed",
    "PlaneSource": "napari_samwise.predictor.plane_source",
    "Prediction": "napari_samwise.predictor.prediction",
    "Predictor": "napari_samwise.predictor.predictor",
    "Prompts": "napari_samwise.prompts",
    "Recipe": "napari_samwise.batch.recipe",
    "TrackingOptions": "napari_samwise.segment.tracking.options",
    "Tracks": "napari_samwise.segment.tracking.tracks",
    "Volume": "napari_samwise.segment.volume.result",
    "annotate": "napari_samwise.plugin.annotate",
    "batch": "napari_samwise.batch.run",
    "correct_volume": "napari_samwise.segment.volume.correct",
    "interpolate_slices": "napari_samwise.segment.volume.interpolate",
    "link_labels": "napari_samwise.segment.tracking.linking",
    "link_slices": "napari_samwise.segment.volume.link",
    "load_model": "napari_samwise.weights.load",
    "replay": "napari_samwise.journal.replay",
    "segment": "napari_samwise.segment.objects",
    "segment_everything": "napari_samwise.segment.everything.generate",
    "segment_text": "napari_samwise.segment.text.find",
    "segment_volume": "napari_samwise.segment.volume.propagate",
    "track": "napari_samwise.segment.tracking.track",
}

# The import system binds a subpackage to its name in the parent once, when it is first loaded.
# Loading these here (their __init__ is empty) and unbinding them leaves the names to functions.
for _name in ("batch", "segment"):
    importlib.import_module(f"{__name__}.{_name}")
    globals().pop(_name, None)
del _name


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = _version()
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    """Return the version written at build time, or the installed one in a bare checkout."""
    try:
        from napari_samwise._version import __version__
    except ImportError:
        from importlib.metadata import version

        return version("napari-samwise")
    return __version__
