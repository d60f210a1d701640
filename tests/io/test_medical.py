"""NIfTI, NRRD, MetaImage and DICOM: geometry kept, others read the same place in the patient."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_samwise.errors import ImageError, InputError
from napari_samwise.io.medical import is_dicom_folder
from napari_samwise.io.read import read_image
from napari_samwise.io.volume_geometry import VolumeGeometry
from napari_samwise.io.write import write_labels

sitk = pytest.importorskip("SimpleITK")
nibabel = pytest.importorskip("nibabel")

VOLUME = np.arange(4 * 20 * 30, dtype=np.int16).reshape(4, 20, 30) - 1000
LABELS = (VOLUME % 7).astype(np.int32)
SPACING, ORIGIN = (0.5, 0.75, 2.5), (-12.0, 7.0, 100.0)
DIRECTION = (0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")


def write_source(path: Path) -> None:
    image = sitk.GetImageFromArray(VOLUME)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(DIRECTION)
    sitk.WriteImage(image, str(path))


@pytest.mark.parametrize("source", SUFFIXES)
@pytest.mark.parametrize("target", SUFFIXES)
def test_labels_lie_where_the_image_lies(tmp_path: Path, source: str, target: str) -> None:
    write_source(tmp_path / f"ct{source}")
    file = read_image(tmp_path / f"ct{source}")
    assert (file.axes, file.scale) == ("ZYX", pytest.approx((2500, 750, 500)))
    np.testing.assert_array_equal(file.data, VOLUME)
    path = tmp_path / f"labels{target}"
    write_labels(path, LABELS, file.axes, file.scale, geometry=file.geometry)
    written = sitk.ReadImage(str(path))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written), LABELS)
    assert written.GetSpacing() == pytest.approx(SPACING)
    assert written.GetOrigin() == pytest.approx(ORIGIN)
    assert written.GetDirection() == pytest.approx(DIRECTION)


def test_nibabel_reads_the_same_affine_and_labels(tmp_path: Path) -> None:
    write_source(tmp_path / "ct.nii.gz")
    file = read_image(tmp_path / "ct.nii.gz")
    labels = LABELS + 40_000
    write_labels(tmp_path / "labels.nii.gz", labels, "ZYX", geometry=file.geometry)
    source, written = (nibabel.load(tmp_path / f"{name}.nii.gz") for name in ("ct", "labels"))
    np.testing.assert_allclose(written.affine, source.affine, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(written.dataobj), labels.T)


def test_pixel_size_of_a_microscope_becomes_millimetres(tmp_path: Path) -> None:
    write_labels(tmp_path / "labels.nii", LABELS, "ZYX", (2.0, 0.5, 0.25))
    sizes = nibabel.load(tmp_path / "labels.nii").header.get_zooms()
    assert sizes == pytest.approx((0.25e-3, 0.5e-3, 2e-3))
    assert read_image(tmp_path / "labels.nii").scale == pytest.approx((2.0, 0.5, 0.25))


def test_single_slice_keeps_its_place(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(VOLUME[:1])
    image.SetOrigin(ORIGIN)
    sitk.WriteImage(image, str(tmp_path / "slice.nii"))
    file = read_image(tmp_path / "slice.nii")
    assert (file.axes, file.data.shape) == ("YX", (20, 30))
    write_labels(tmp_path / "labels.nii", LABELS[0], "YX", file.scale, geometry=file.geometry)
    written = sitk.ReadImage(str(tmp_path / "labels.nii"))
    assert written.GetOrigin() == pytest.approx(ORIGIN)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written)[0], LABELS[0])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_volumes_in_time_are_no_vectors(tmp_path: Path, suffix: str) -> None:
    labels = np.stack([LABELS, LABELS + 1])
    path = tmp_path / f"labels{suffix}"
    write_labels(path, labels, "TZYX", (3.0, 2500, 750, 500))
    written = sitk.ReadImage(str(path))
    assert written.GetNumberOfComponentsPerPixel() == 1
    assert written.GetSpacing() == pytest.approx((0.5, 0.75, 2.5, 3.0))
    file = read_image(path)
    assert (file.axes, file.data.dtype) == ("TZYX", np.int16)
    np.testing.assert_array_equal(file.data, labels)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_of_a_volume_in_time_lie_where_it_lies(tmp_path: Path, suffix: str) -> None:
    image = sitk.GetImageFromArray(np.stack([VOLUME, VOLUME + 1]), isVector=False)
    image.SetSpacing((*SPACING, 3.0))
    image.SetOrigin((*ORIGIN, 0.0))
    turned = np.eye(4)
    turned[:3, :3] = np.reshape(DIRECTION, (3, 3))
    image.SetDirection(turned.ravel().tolist())
    sitk.WriteImage(image, str(tmp_path / f"ct{suffix}"))
    file = read_image(tmp_path / f"ct{suffix}")
    assert (file.axes, file.data.shape) == ("TZYX", (2, *VOLUME.shape))
    labels = np.stack([LABELS, LABELS + 1])
    path = tmp_path / f"labels{suffix}"
    write_labels(path, labels, file.axes, file.scale, geometry=file.geometry)
    again = read_image(path)
    np.testing.assert_array_equal(again.data, labels)
    for name in ("spacing", "origin", "direction"):
        expected = getattr(file.geometry, name)
        assert getattr(again.geometry, name) == pytest.approx(expected), name


def test_a_geometry_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    flat = VolumeGeometry(SPACING, ORIGIN, (0.0,) * 9)
    with pytest.raises(InputError, match=r"cannot lie in a patient as .*; give") as caught:
        write_labels(tmp_path / "labels.nii", LABELS, "ZYX", geometry=flat)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def write_dicom(folder: Path, series: str = "1.2.3") -> None:
    """Write slices from the top down, so that names and places are in opposite order."""
    folder.mkdir(exist_ok=True)
    for i, plane in enumerate(VOLUME[::-1]):
        image = sitk.GetImageFromArray(plane[None])
        image.SetSpacing(SPACING)
        z = 2.5 * (len(VOLUME) - 1 - i)
        for tag, value in {
            "0008|0060": "CT",
            "0020|000d": "1.2",
            "0020|000e": series,
            "0020|0013": str(i + 1),
            "0020|0032": f"-12\\7\\{z}",
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0018|0050": "2.5",
        }.items():
            image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(folder / f"{series}-{i}.dcm"))
        writer.Execute(image)


def test_dicom_series_is_a_volume_in_the_order_of_the_patient(tmp_path: Path) -> None:
    write_dicom(tmp_path / "ct")
    file = read_image(tmp_path / "ct")
    assert (file.axes, file.scale) == ("ZYX", pytest.approx((2500, 750, 500)))
    np.testing.assert_array_equal(file.data, VOLUME)
    assert file.geometry is not None
    assert file.geometry.origin == pytest.approx((-12, 7, 0))
    assert read_image(tmp_path / "ct" / "1.2.3-0.dcm").axes == "YX"


def test_hidden_files_do_not_hide_a_series(tmp_path: Path) -> None:
    write_dicom(tmp_path / "ct")
    (tmp_path / "ct" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    np.testing.assert_array_equal(read_image(tmp_path / "ct").data, VOLUME)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    assert not is_dicom_folder(tmp_path / "empty")


def test_two_series_in_a_folder_are_refused(tmp_path: Path) -> None:
    write_dicom(tmp_path / "ct")
    write_dicom(tmp_path / "ct", "1.2.4")
    with pytest.raises(ImageError, match="holds 2 DICOM series"):
        read_image(tmp_path / "ct")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_cut_and_wrong_files_are_told_in_one_sentence(tmp_path: Path, suffix: str, capfd) -> None:
    path = tmp_path / f"ct{suffix}"
    write_source(path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) * 2 // 3], whole[:100], b"hello, I am a letter", b""):
        path.write_bytes(content)
        with pytest.raises(ImageError, match=r"ct\.") as caught:
            read_image(path)
        assert "\n" not in str(caught.value)


def test_damaged_compression_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ct.nii.gz"
    write_source(path)
    content = bytearray(gzip.compress(gzip.decompress(path.read_bytes())))
    content[-6] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ImageError, match="damaged or cut off"):
        read_image(path)


def test_axes_that_a_volume_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got 'TYX'; write a \.tif instead"):
        write_labels(tmp_path / "labels.nii", LABELS, "TYX")
    assert list(tmp_path.iterdir()) == []


def test_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_source(tmp_path / "ct.nii")
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(ImageError, match=r"pip install 'napari-samwise\[medical\]'"):
        read_image(tmp_path / "ct.nii")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_disk_that_is_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """ITK raises nothing, and says so on standard error only."""
    import SimpleITK as sitk

    write = sitk.WriteImage

    def write_a_part(image: object, path: str, **kwargs: object) -> None:
        write(image, path, **kwargs)
        written = Path(path).read_bytes()
        Path(path).write_bytes(written[: len(written) * 2 // 3])

    path = tmp_path / f"labels{suffix}"
    noise = np.random.default_rng(0).integers(0, 30000, (4, 40, 50))
    write_labels(path, np.ones_like(noise), "ZYX")
    before = path.read_bytes()
    monkeypatch.setattr(sitk, "WriteImage", write_a_part)
    with pytest.raises(InputError, match="room on the disk"):
        write_labels(path, noise, "ZYX")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, suffix: str) -> None:
    """SimpleITK would end the process."""
    path = tmp_path / os.fsdecode(b"b\xff" + suffix.encode())
    with pytest.raises(InputError, match="rename it"):
        write_labels(path, np.ones((3, 4, 5), np.int32), "ZYX")
    path.write_bytes(b"anything")
    with pytest.raises(ImageError, match="rename it"):
        read_image(path)
