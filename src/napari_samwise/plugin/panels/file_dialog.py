"""Asking where objects are to be written, and in which format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

Formats = Sequence[tuple[str, str]]

TABLE_FORMATS: Formats = (("CSV table", ".csv"), ("Parquet table", ".parquet"))
RECIPE_FORMATS: Formats = (("Recipe", ".yaml"),)
OBJECT_FORMATS: Formats = (
    ("OME-TIFF labels", ".tif"),
    ("OME-Zarr labels", ".zarr"),
    ("NIfTI labels", ".nii.gz"),
    ("NRRD labels", ".nrrd"),
    ("GeoJSON polygons", ".geojson"),
    ("COCO masks", ".json"),
    ("ImageJ ROIs", ".zip"),
    *TABLE_FORMATS,
)


def ask_path(parent: QWidget | None, title: str, place: str, formats: Formats) -> Path | None:
    """Let the user name a file; None if they would rather not.

    Parameters
    ----------
    parent : QWidget or None
        Whose window the dialog belongs to.
    title : str
        Of the dialog.
    place : str
        What is proposed, without a suffix.
    formats : sequence of (str, str)
        Names and suffixes; the suffix of the chosen one is added where the user gives none.
    """
    filters = {f"{kind} (*{suffix})": suffix for kind, suffix in formats}
    proposed = place + formats[0][1]
    given, chosen = QFileDialog.getSaveFileName(parent, title, proposed, ";;".join(filters))
    if not given:
        return None
    return Path(given) if Path(given).suffix else Path(given + filters[chosen])
