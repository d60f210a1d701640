"""The public face: few names, quick to import, found by completion."""

from __future__ import annotations

import subprocess
import sys

import pytest

import napari_samwise as sw

NAMES = [
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


def run_python(code: str) -> str:
    """Run code in a fresh interpreter, where nothing is imported yet."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_loads_neither_torch_nor_napari_nor_numpy() -> None:
    heavy = "{'torch', 'napari', 'qtpy', 'numpy'}"
    assert run_python(f"import sys, napari_samwise; print({heavy} & {{*sys.modules}})") == "set()"


def test_prompts_need_no_torch() -> None:
    code = "import sys, napari_samwise as sw; sw.Prompts, sw.Prediction; print(*sys.modules)"
    assert "torch" not in run_python(code).split()


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    assert getattr(sw, name).__name__ == name
    assert name in sw.__all__
    assert name in dir(sw)


def test_the_version_is_known() -> None:
    assert sw.__version__[0].isdigit()
    assert "__version__" in sw.__all__


def test_nothing_else_is_public() -> None:
    assert sorted(sw.__all__) == sorted([*NAMES, "__version__"])
    with pytest.raises(AttributeError, match="no attribute 'segments'"):
        sw.segments  # noqa: B018


def test_the_subpackage_never_takes_the_functions_name() -> None:
    code = "import napari_samwise.segment.planes; print(*vars(napari_samwise))"
    assert "segment" not in run_python(code).split()


def test_segment_is_the_function_after_its_module_was_imported() -> None:
    from napari_samwise.segment.objects import segment

    assert sw.segment is segment
