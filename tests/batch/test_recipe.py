"""Recipes: what is written is read back, and a slip of the pen is told with its line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_samwise as sw
from napari_samwise.batch.recipe import Find, Keep, Outputs, Recipe
from napari_samwise.batch.recipe_file import format_recipe, parse_recipe
from napari_samwise.errors import InputError

share = st.none() | st.floats(0, 1)
limits = st.tuples(st.floats(-1e9, 0), st.floats(0, 1e9))
recipes = st.builds(
    Recipe,
    model=st.none() | st.sampled_from(["nano", "vit_b", "ö: #x.pt", "no", "1"]),
    precision=st.sampled_from(["auto", "float32"]),
    intensity=st.sampled_from(["auto", "lung", "minmax-per-tile"]) | limits,
    axes=st.sampled_from([None, "ZYX", "yx"]),
    channel=st.none() | st.integers(0, 9),
    link=st.none() | st.just("Z"),
    find=st.builds(
        Find,
        mode=st.sampled_from([None, "auto", "grid"]),
        points_per_side=st.none() | st.integers(1, 64),
        crop_layers=st.none() | st.integers(0, 8),
        frame_px=st.sampled_from([None, 512]),
    ),
    keep=st.builds(
        Keep,
        predicted_iou=share,
        stability=share,
        min_area_um2=st.none() | st.floats(0, 1e6),
        keep_background=st.none() | st.booleans(),
    ),
    outputs=st.builds(
        Outputs,
        labels=st.sampled_from([None, "tif", "ome-zarr", "nii.gz"]),
        measurements=st.sampled_from(["csv", "parquet"]),
        polygons=st.sampled_from([None, "geojson", "coco", "rois"]),
    ),
)


@given(recipe=recipes)
def test_a_recipe_survives_its_file(recipe: Recipe) -> None:
    assert parse_recipe(format_recipe(recipe)) == recipe


def test_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "nuclei.yaml"
    recipe = sw.Recipe(model="vit_b_lm", intensity=(0, 4000), keep=Keep(min_area=50))
    recipe.save(path)
    assert sw.Recipe.load(path) == recipe
    assert "min_area: 50" in path.read_text()


def test_what_is_not_said_is_the_default() -> None:
    told = "samwise_recipe: 1\nmodel: vit_t\nkeep:\n  stability: 1\n"
    assert parse_recipe(told) == Recipe(model="vit_t", keep=Keep(stability=1.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'r.yaml': a recipe is made of lines"),
        ("- 1", "line 1: a recipe is made of lines"),
        ("model: nano", "begins with 'samwise_recipe: 1'"),
        ("samwise_recipe: 2", "line 1: recipes of version 2"),
        ("samwise_recipe: true", "recipes of version True"),
        ("samwise_recipe: 1\nmodle: nano", "line 2: 'modle' is no key of a recipe; .* 'model'"),
        ("samwise_recipe: 1\nkeep:\n  size: 3", "line 3: 'size' is no key of keep"),
        ("samwise_recipe: 1\nkeep:\n  min_area: big", "line 3: 'min_area' takes a whole number or"),
        ("samwise_recipe: 1\nkeep:\n  min_area: 1.5", "'min_area' takes a whole number"),
        ("samwise_recipe: 1\nkeep:\n  min_area: true", "'min_area' takes a whole number"),
        ("samwise_recipe: 1\nmodel: 3", "'model' takes a text or null, got 3"),
        ("samwise_recipe: 1\nmodel: a\nmodel: b", "line 3: 'model' is there twice"),
        ("samwise_recipe: 1\nintensity: [1]", r"'intensity' takes a text or \[number, number\]"),
        ("samwise_recipe: 1\nintensity: bright", "line 1: intensity must be one of"),
        ("samwise_recipe: 1\nkeep:\n  stability: 2", "line 3: stability must lie between 0 and 1"),
        ("samwise_recipe: 1\nkeep: 3", "line 2: a recipe is made of lines"),
        ("samwise_recipe: 1\noutputs:\n  labels: gif", "'labels' takes tif, ome-zarr, .* or null"),
        ("samwise_recipe: 1\noutputs:\n  labels: null", "must write something"),
        ("samwise_recipe: 1\nfind:\n  frame_px: 100", "multiple of 64"),
        ("samwise_recipe: 1\nmodel: [", "line 2"),
        ("samwise_recipe: !!python/object:os.system 1", "could not determine a constructor"),
        ("samwise_recipe: 1\n? [a]\n: b", "a key must be a word"),
        ("samwise_recipe: 1\n" + "[" * 5000, "r.yaml"),
        ("samwise_recipe: 1\nmodel: 2020-13-45", "line 2: '2020-13-45' is not the number or date"),
        (
            "samwise_recipe: 1\nkeep:\n  min_area_um2: .inf",
            "line 3: min_area_um2 must be a finite number",
        ),
        (
            "samwise_recipe: 1\nkeep:\n  min_area_um2: .nan",
            "line 3: min_area_um2 must be a finite number",
        ),
        (
            f"samwise_recipe: 1\nkeep:\n  min_area_um2: {'1' * 400}",
            "line 3: 'min_area_um2' .* large",
        ),
        (f"samwise_recipe: 1\nkeep:\n  min_area: {'1' * 5000}", "line 3: '11"),
        (f"samwise_recipe: 1\nkeep:\n  min_area: 0x{'f' * 5000}", "line 3: 'min_area' .* large"),
        (f"samwise_recipe: 1\nintensity: [1, 0x{'f' * 5000}]", "line 2: 'intensity' .* large"),
        (f"samwise_recipe: 0x{'f' * 5000}", "line 1: recipes of version one that is too large"),
        ("samwise_recipe: !!int foo", "line 1: 'foo' is not the number or date"),
        ("samwise_recipe: !!timestamp foo", "line 1: 'foo' is not the number or date"),
        ("samwise_recipe: !!bool foo", "line 1: 'foo' is not the number or date"),
        ("samwise_recipe: 1\nchannel: !!int ''", "line 2: '' is not the number or date"),
        ("samwise_recipe: 1\nfind:\n  seed_confidence: .nan", "line 3: .* between 0 and 1"),
    ],
)
def test_refusals_name_line_and_rule(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_recipe(text, "r.yaml")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"#" * 2**21])
def test_other_files_are_no_recipes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.yaml").write_bytes(content)
    with pytest.raises(InputError, match="no recipe but something else"):
        Recipe.load(tmp_path / "r.yaml")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        Recipe.load(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (Keep, {"min_area": 3, "min_area_um2": 3.0}, "not both"),
        (Keep, {"predicted_iou": 1.5}, "between 0 and 1"),
        (Keep, {"min_area_um2": math.inf}, "min_area_um2 must be a finite number, got inf"),
        (Keep, {"predicted_iou": math.nan}, "between 0 and 1"),
        (Find, {"mode": "seeds", "points_per_side": 3}, "no grid"),
        (Recipe, {"channel": -1}, "0 or more"),
        (Recipe, {"axes": "ZZ"}, "axes must name"),
        (Recipe, {"intensity": (5.0, 1.0)}, "the smaller first"),
    ],
)
def test_values_out_of_range(kind: Any, values: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        kind(**values)


def test_an_area_of_more_pixels_than_there_can_be_leaves_everything_out() -> None:
    assert Keep(min_area_um2=1e308).given(pixel_um2=1e-9)["min_area"] >= 2**62


@pytest.mark.parametrize(
    "make",
    [
        lambda: Outputs(labels="exe"),
        lambda: Outputs(polygons=3),
        lambda: Recipe(model=5),
        lambda: Recipe(device=0),
        lambda: Recipe(intensity=5),
        lambda: Recipe(intensity=(1, "a")),
        lambda: Recipe(text=5),
        lambda: Recipe(channel="a"),
        lambda: Recipe(channel=1.5),
        lambda: Recipe(link="QQ"),
        lambda: Recipe(find={}),
        lambda: Find(frame_px=64.0),
    ],
)
def test_what_no_image_can_be_done_with_is_no_recipe(make) -> None:
    with pytest.raises(InputError):
        make()


def test_a_recipe_is_a_value() -> None:
    recipe = Recipe(intensity=[1, 2])
    assert recipe == Recipe(intensity=(1, 2))
    assert hash(recipe) == hash(Recipe(intensity=(1, 2)))


@pytest.mark.parametrize("inputs", [None, [np.zeros((20, 20))], 5 * [3]])
def test_images_are_named_by_files(tmp_path, inputs) -> None:
    with pytest.raises(InputError, match="files, folders or patterns"):
        sw.batch(inputs, tmp_path / "out")
