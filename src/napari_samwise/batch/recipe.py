"""A recipe: what is done with an image, as a value that can be written down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import parse_axes
from napari_samwise.intensity import CT_WINDOWS
from napari_samwise.intensity.mapping import MINMAX_PER_TILE
from napari_samwise.segment.everything.options import EverythingOptions, Mode, Search
from napari_samwise.whole_numbers import check_whole

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel

LabelFormat = Literal["tif", "ome-zarr", "npy", "png", "nii.gz", "nrrd", "mha"]
TableFormat = Literal["csv", "parquet"]
PolygonFormat = Literal["geojson", "coco", "rois"]

_OUTPUTS = {"labels": LabelFormat, "measurements": TableFormat, "polygons": PolygonFormat}
_MOST_PIXELS = 2.0**62
"""More than any object has, and few enough for an array's integers."""
_POLICIES = ("auto", MINMAX_PER_TILE, *CT_WINDOWS)


@dataclass(frozen=True, slots=True)
class Find:
    """Where everything mode looks; None is what suits the model.

    Parameters
    ----------
    mode : {"auto", "seeds", "grid", "distances"}, optional
        Click where the model sees objects or on a grid, or do not click but use distances.
    points_per_side : int, optional
        Click on a grid of so many points a side.
    crop_layers : int, optional
        Look closer at 2 x 2, 4 x 4, ... crops.
    seed_confidence : float, optional
        0 to 1; how sure a model must be to click.
    frame_px : int, optional
        Segment larger planes in frames of this side, a multiple of 64.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    mode: Mode | None = None
    points_per_side: int | None = None
    crop_layers: int | None = None
    seed_confidence: float | None = None
    frame_px: int | None = None

    def __post_init__(self) -> None:
        Search(**self.given())
        if self.frame_px is not None and check_whole("frame_px", self.frame_px, 64) % 64:
            raise InputError(f"frame_px must be a multiple of 64, got {self.frame_px}.")

    def given(self) -> dict[str, Any]:
        """Return what is not left to the model, as fields of ``Search``."""
        given = _given(self)
        given.pop("frame_px", None)
        return given


@dataclass(frozen=True, slots=True)
class Keep:
    """Which masks of everything mode become objects; None is what suits the model.

    Parameters
    ----------
    predicted_iou, stability : float, optional
        0 to 1, the least of a mask.
    nms_iou : float, optional
        0 to 1; of two masks that overlap more, the better one is kept.
    min_area : int, optional
        Objects of fewer pixels are left out.
    min_area_um2 : float, optional
        The same in square micrometres, for images that know their pixel size.
    max_area_share : float, optional
        Masks that cover this share of the plane or more are left out.
    min_region_area : int, optional
        Holes and islands of fewer pixels are filled and removed.
    min_visible : float, optional
        Objects of which others leave a smaller share are left out.
    keep_background : bool, optional
        Whether a mask may be what lies between the objects.

    Raises
    ------
    InputError
        If a number is out of its range, or the least area is given twice.
    """

    predicted_iou: float | None = None
    stability: float | None = None
    nms_iou: float | None = None
    min_area: int | None = None
    min_area_um2: float | None = None
    max_area_share: float | None = None
    min_region_area: int | None = None
    min_visible: float | None = None
    keep_background: bool | None = None

    def __post_init__(self) -> None:
        if self.min_area_um2 is not None and not math.isfinite(self.min_area_um2):
            raise InputError(f"min_area_um2 must be a finite number, got {self.min_area_um2}.")
        EverythingOptions(**self.given(pixel_um2=1.0))
        if self.min_area is not None and self.min_area_um2 is not None:
            raise InputError("Give min_area (pixels) or min_area_um2, not both.")

    def given(self, pixel_um2: float | None) -> dict[str, Any]:
        """Return what is not left to the model, as fields of ``EverythingOptions``.

        Parameters
        ----------
        pixel_um2 : float or None
            Area of a pixel in square micrometres; None where it is unknown.

        Raises
        ------
        InputError
            If areas are in micrometres and that of a pixel is unknown.
        """
        given = _given(self)
        area_um2 = given.pop("min_area_um2", None)
        if area_um2 is not None:
            if pixel_um2 is None:
                raise InputError(
                    "min_area_um2 needs an image that knows its pixel size, and this one does "
                    "not; give min_area in pixels."
                )
            given["min_area"] = math.ceil(min(area_um2 / pixel_um2, _MOST_PIXELS))
        return given


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written for each image; None is nothing.

    Parameters
    ----------
    labels : {"tif", "ome-zarr", "npy", "png", "nii.gz", "nrrd", "mha"}, optional
        The label image.
    measurements : {"csv", "parquet"}, optional
        A row for each object; of its size, shape, and the intensity of every channel.
    polygons : {"geojson", "coco", "rois"}, optional
        The objects one by one: for QuPath, as COCO, for ImageJ.

    Raises
    ------
    InputError
        If nothing is to be written.
    """

    labels: LabelFormat | None = "tif"
    measurements: TableFormat | None = None
    polygons: PolygonFormat | None = None

    def __post_init__(self) -> None:
        for name, known in _OUTPUTS.items():
            given = getattr(self, name)
            if given is not None and given not in get_args(known):
                raise InputError(
                    f"{name} must be one of {', '.join(get_args(known))}, or null, got {given!r}."
                )
        if self.labels is None and self.measurements is None and self.polygons is None:
            raise InputError("A recipe must write something; give labels: tif, or another output.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the results for an image depend on, but for the image.

    Parameters
    ----------
    model : str, optional
        A name for ``load_model`` or the path of a checkpoint; by default ``"nano"``, and for a
        replay the model of the session.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ...
    precision : str
        ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``; name one where machines differ.
    intensity : str or tuple of float
        ``"auto"``, ``"minmax-per-tile"``, the name of a CT window, or (low, high). A replay uses
        what was recorded.
    axes : str, optional
        One letter for each axis of the images; by default what the files say.
    channel : int, optional
        The channel to segment, from 0.
    link : str, optional
        An axis, such as ``"Z"``, along which the parts of one object get one id; without it
        every slice is on its own.
    text : str, optional
        Only objects that it names, such as ``"bright round nuclei"``; see ``segment_text``.
    find : Find
        Where everything mode looks.
    keep : Keep
        Which masks become objects.
    outputs : Outputs
        What is written.

    Raises
    ------
    InputError
        If one of them is out of its range.
    """

    model: str | None = None
    device: str = "auto"
    precision: str = "auto"
    intensity: str | tuple[float, float] = "auto"
    axes: str | None = None
    channel: int | None = None
    link: str | None = None
    text: str | None = None
    find: Find = field(default_factory=Find)
    keep: Keep = field(default_factory=Keep)
    outputs: Outputs = field(default_factory=Outputs)

    def __post_init__(self) -> None:
        _check_intensity(self.intensity)
        if not isinstance(self.intensity, str):
            object.__setattr__(self, "intensity", tuple(self.intensity))
        for name, kind in (("find", Find), ("keep", Keep), ("outputs", Outputs)):
            if not isinstance(getattr(self, name), kind):
                raise InputError(
                    f"{name} must be {kind.__name__}(...), got {getattr(self, name)!r}."
                )
        for name in ("model", "device", "precision", "axes", "link", "text"):
            given = getattr(self, name)
            if given is not None and not isinstance(given, str):
                raise InputError(f"{name} must be a text, got {given!r}.")
        if self.axes is not None:
            parse_axes(self.axes)
        if self.channel is not None:
            check_whole("channel", self.channel, 0)
        if self.link is not None and len(self.link) != 1:
            raise InputError(f"link must be one axis, such as 'Z', got {self.link!r}.")
        if self.text is not None and not self.text.strip():
            raise InputError("text must name what to find, such as 'round nuclei', or be null.")

    def options_for(
        self, model: SegmentationModel, pixel_um2: float | None = None
    ) -> EverythingOptions:
        """Change a model's default options by what is given here."""
        from napari_samwise.segment.everything.defaults import default_options

        suited = default_options(model)
        search = replace(suited.search, **self.find.given())
        return replace(suited, search=search, **self.keep.given(pixel_um2))

    @property
    def may_ask_distances(self) -> bool:
        """Whether an instance decoder is asked where the model has one."""
        return Search(**self.find.given()).may_ask_distances

    def save(self, path: str | Path) -> None:
        """Write it as YAML, whole or not at all.

        Raises
        ------
        InputError
            The place cannot be written to.
        """
        from napari_samwise.batch.recipe_file import write_recipe

        write_recipe(Path(path), self)

    @staticmethod
    def load(path: str | Path) -> Recipe:
        """Read it from YAML.

        Raises
        ------
        InputError
            The file is no recipe; the message names the line.
        """
        from napari_samwise.batch.recipe_file import read_recipe

        return read_recipe(Path(path))


def _given(section: Find | Keep) -> dict[str, Any]:
    values: Mapping[str, Any] = {each.name: getattr(section, each.name) for each in fields(section)}
    return {name: value for name, value in values.items() if value is not None}


def _check_intensity(intensity: str | tuple[float, float]) -> None:
    known = intensity in _POLICIES if isinstance(intensity, str) else _are_limits(intensity)
    if not known:
        raise InputError(
            f"intensity must be one of {', '.join(_POLICIES)}, or two numbers, the smaller first; "
            f"got {intensity!r}."
        )


def _are_limits(given: Any) -> bool:
    try:
        low, high = given
        return math.isfinite(low) and math.isfinite(high) and low <= high
    except (TypeError, ValueError):
        return False
