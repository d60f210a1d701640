"""Small images of many formats, some damaged, and a way to compare folders of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_samwise.batch.recipe import Find, Outputs, Recipe
from napari_samwise.io.ome_zarr_metadata import label_attributes

SIDE = 64


def draw(seed: int, dtype: Any = np.uint8) -> np.ndarray:
    """Two bright squares on a dark ground, elsewhere for every seed."""
    rng = np.random.default_rng(seed)
    image = np.full((SIDE, SIDE), 20, dtype)
    y, x = rng.integers(2, 18, 2)
    image[y : y + 14, x : x + 14] = 200
    y, x = rng.integers(34, 48, 2)
    image[y : y + 14, x : x + 14] = 120
    return image


def write_zarr(path: Path, image: np.ndarray) -> None:
    import zarr

    group = zarr.open_group(path, mode="w")
    group.create_array("0", data=image, chunks=(32, 32))
    attributes = label_attributes("YX", (0.5, 0.5), [1], path.stem, "0.5", None)
    attributes["ome"].pop("image-label")
    group.attrs.update(attributes)


WRITERS: dict[str, Callable[[Path, np.ndarray], Any]] = {
    ".tif": lambda path, image: tifffile.imwrite(path, image),
    ".ome.tif": lambda path, image: tifffile.imwrite(
        path, image, ome=True, metadata={"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
    ),
    ".png": lambda path, image: Image.fromarray(image).save(path),
    ".npy": lambda path, image: np.save(path, image),
    ".zarr": write_zarr,
}


@pytest.fixture
def write_images() -> Callable[[Path, int], list[Path]]:
    """Write so many images into a folder, of all formats in turn."""

    def write(folder: Path, count: int) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for index in range(count):
            suffix = list(WRITERS)[index % len(WRITERS)]
            paths.append(folder / f"image{index:02d}{suffix}")
            WRITERS[suffix](paths[-1], draw(index))
        return paths

    return write


@pytest.fixture
def write_damaged() -> Callable[[Path], list[Path]]:
    """Write ten files that call themselves images and are none, or none that can be used."""

    def write(folder: Path) -> list[Path]:
        whole = folder / "whole.tif"
        tifffile.imwrite(whole, draw(0), compression="zlib")
        content = whole.read_bytes()
        whole.unlink()
        (folder / "text.tif").write_text("no TIFF at all")
        (folder / "half.tif").write_bytes(content[: len(content) // 2])
        (folder / "empty.png").write_bytes(b"")
        (folder / "noise.jpg").write_bytes(bytes(range(256)) * 4)
        np.save(folder / "line.npy", np.arange(5.0))
        np.save(folder / "objects.npy", np.array([{"a": 1}]), allow_pickle=True)
        np.save(folder / "nan.npy", np.full((SIDE, SIDE), np.nan))
        np.save(folder / "complex.npy", draw(1).astype(complex))
        tifffile.imwrite(folder / "pages.tif", np.stack([draw(2)] * 3), photometric="minisblack")
        (folder / "nothing.zarr").mkdir()
        names = ("text.tif", "half.tif", "empty.png", "noise.jpg", "line.npy", "objects.npy")
        more = ("nan.npy", "complex.npy", "pages.tif", "nothing.zarr")
        return [folder / name for name in names + more]

    return write


@pytest.fixture
def tiny_loaded(monkeypatch: pytest.MonkeyPatch, tiny_model: Any) -> Any:
    """Every name loads the tiny model."""
    monkeypatch.setattr("napari_samwise.weights.load.load_model", lambda *a, **k: tiny_model)
    return tiny_model


@pytest.fixture
def grid_recipe() -> Recipe:
    """What the tiny model needs, and all kinds of results."""
    outputs = Outputs("tif", measurements="csv", polygons="geojson")
    return Recipe(find=Find(points_per_side=10), outputs=outputs)


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Return what all visible files of a folder of results hold, less report and log.

    Of TIFF the pixels: every OME-TIFF has an identifier of its own.
    """

    def read(out: Path) -> dict[str, bytes]:
        return {
            path.relative_to(out).as_posix(): tifffile.imread(path).tobytes()
            if path.suffix == ".tif"
            else path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.is_file()
            and path.name not in ("report.json", "log.jsonl")
            and ".samwise" not in path.parts
        }

    return read
