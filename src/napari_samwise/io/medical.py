"""Read and write NIfTI, NRRD, MetaImage and DICOM through SimpleITK, with their geometry."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from napari_samwise.errors import ImageError, InputError
from napari_samwise.io.image_file import Stored
from napari_samwise.io.nifti_check import check_nifti
from napari_samwise.io.suffix import kind_suffix
from napari_samwise.io.volume_geometry import VolumeGeometry
from napari_samwise.label_ids import fit_ids

_NIFTI_SUFFIXES = (".nii", ".nii.gz")
MEDICAL_SUFFIXES = (*_NIFTI_SUFFIXES, ".nrrd", ".mha")
"""What is read and written; a DICOM series and .mhd, which is two files, are only read."""

_UM_PER_MM = 1e3
_AXES = {2: "YX", 3: "ZYX", 4: "TZYX"}
_DICOM_MAGIC = slice(128, 132)
_PREFIX = re.compile(r"^(?:\[\w+\] \w+: |\w+::ERROR: |Reason: |.*ERROR: \w+\(\w+\): )+")


def read_volume(path: Path) -> Stored:
    """Read a NIfTI, NRRD, MetaImage or DICOM file.

    Raises
    ------
    ImageError
        SimpleITK is missing, or the file is not what its suffix says.
    """
    sitk = _import_sitk(path)
    if kind_suffix(path) in _NIFTI_SUFFIXES:
        check_nifti(path)
    return _read(sitk, sitk.ReadImage, path)


def is_dicom_folder(path: Path) -> bool:
    """Tell whether a folder's first file that is not hidden is a slice of a DICOM series."""
    files = (p for p in sorted(path.iterdir()) if not p.name.startswith(".") and p.is_file())
    first = next(files, None)
    if first is None:
        return False
    with first.open("rb") as stream:
        return stream.read(_DICOM_MAGIC.stop)[_DICOM_MAGIC] == b"DICM"


def read_dicom_series(path: Path) -> Stored:
    """Read a folder of DICOM files as one volume, slices in their order in the patient.

    Raises
    ------
    ImageError
        SimpleITK is missing, or the folder holds none or more than one series.
    """
    sitk = _import_sitk(path)
    series = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(path))
    if len(series) != 1:
        raise ImageError(
            f"The folder '{path}' holds {len(series)} DICOM series, and one is read at a time; "
            "put the files of each into a folder of its own."
        )
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(path), series[0])
    return _read(sitk, lambda _: sitk.ReadImage(names), path)


def check_volume(path: Path, axes: str) -> None:
    """Refuse axes that these formats cannot hold.

    Raises
    ------
    InputError
        The axes are others, or SimpleITK is missing.
    """
    if axes not in _AXES.values():
        raise InputError(
            f"'{path.name}' can hold the axes {', '.join(_AXES.values())}, got '{axes}'; "
            "write a .tif instead."
        )
    _import_sitk(path)


def write_volume(
    path: Path,
    labels: np.ndarray,
    axes: str,
    scale: tuple[float, ...] | None,
    geometry: VolumeGeometry | None,
) -> None:
    """Write labels where the image lies that they belong to.

    Parameters
    ----------
    path : Path
        Ends in one of ``MEDICAL_SUFFIXES``.
    labels : ndarray
        `(Y, X)`, `(Z, Y, X)` or `(T, Z, Y, X)` integer.
    axes : str
        One letter per axis (``check_volume``).
    scale : tuple of float or None
        Pixel size in micrometres, used without a geometry.
    geometry : VolumeGeometry or None
        The image's.

    Raises
    ------
    InputError
        SimpleITK is missing, an id is negative or too large, or no volume can lie like that.
    """
    sitk = _import_sitk(path)
    if geometry is not None and axes == "YX" and geometry.ndim == 3:
        labels = labels[np.newaxis]
    # The widths that all these formats know.
    labels = fit_ids(labels, (np.int16, np.int32))
    # Four axes would else be three and components.
    image = sitk.GetImageFromArray(np.ascontiguousarray(labels), isVector=False)
    if geometry is not None and geometry.ndim == labels.ndim:
        _place(image, geometry)
    elif scale is not None:
        image.SetSpacing(
            [
                size if axis == "T" else size / _UM_PER_MM
                for axis, size in zip(reversed(axes), reversed(scale), strict=True)
            ]
        )
    try:
        sitk.WriteImage(image, str(path), useCompression=kind_suffix(path) != ".nii")
    except RuntimeError as error:
        raise OSError(_reason(error)) from error
    if kind_suffix(path) in _NIFTI_SUFFIXES:
        # Of a disk that is full ITK tells standard error, and nobody else.
        try:
            check_nifti(path)
        except ImageError as error:
            raise OSError("it was not written whole; make room on the disk") from error


def _place(image: Any, geometry: VolumeGeometry) -> None:
    try:
        image.SetSpacing(geometry.spacing)
        image.SetOrigin(geometry.origin)
        image.SetDirection(geometry.direction)
    except RuntimeError as error:
        raise InputError(
            f"Labels cannot lie in a patient as {geometry} says; give the geometry of an image."
        ) from error


def _read(sitk: ModuleType, load: Any, path: Path) -> Stored:
    try:
        image = load(str(path))
    except RuntimeError as error:
        raise ImageError(
            f"'{path.name}' is not a readable {kind_suffix(path)[1:] or 'DICOM'} image "
            f"({_reason(error)}); check that it is whole and of the kind its name says."
        ) from error
    data = sitk.GetArrayFromImage(image)
    axes = _AXES.get(image.GetDimension())
    geometry = VolumeGeometry(image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    if axes == "ZYX" and data.shape[0] == 1:
        # A single DICOM slice, and many a NIfTI of one plane.
        data, axes = data[0], "YX"
    sizes = None
    if axes is not None:
        spacing = dict(zip("XYZ", image.GetSpacing(), strict=False))
        sizes = {axis: spacing[axis] * _UM_PER_MM for axis in axes if axis in spacing}
        axes += "C" if image.GetNumberOfComponentsPerPixel() > 1 else ""
    return Stored(data, axes, sizes, geometry=geometry)


def _import_sitk(path: Path) -> ModuleType:
    try:
        import SimpleITK as sitk
    except ImportError as error:
        raise ImageError(
            f"'{path.name}' needs SimpleITK; install it with pip install 'napari-samwise[medical]'."
        ) from error
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        # SimpleITK would end the process.
        raise ImageError(
            f"The name {path.name!a} is no Unicode text, which medical files need; rename it."
        ) from error
    # ITK prints what it thinks of a file's header.
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    module: ModuleType = sitk
    return module


def _reason(error: RuntimeError) -> str:
    """Return what ITK says at the end of its long message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return _PREFIX.sub("", lines[-1]).rstrip(".!") if lines else "no reason given"
