"""What everything mode may be told: where to click, and which masks to keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from napari_samwise.errors import InputError
from napari_samwise.segment.everything.watershed import WatershedOptions

GRID_POINTS = 32
"""Points a side where a model does not see for itself where objects are, as in the paper."""

Mode = Literal["auto", "seeds", "grid", "distances"]
MODES: tuple[Mode, ...] = ("auto", "seeds", "grid", "distances")


@dataclass(frozen=True, slots=True)
class Search:
    """Where to click; a change means to decode again.

    Parameters
    ----------
    points_per_side : int, optional
        Click on a grid of so many points a side; by default where the model itself sees objects,
        and on a grid of 32 if it cannot tell.
    crop_layers : int
        So often the plane is cut into 2 x 2, 4 x 4, ... crops that are encoded on their own, for
        objects too small for the whole plane's embedding.
    crop_overlap : float
        Overlap of the first layer's crops as a share of the plane's shorter side.
    crop_points_divisor : int
        The grid has fewer points a side by this factor on each next layer of crops.
    seed_confidence : float
        0 to 1; where the model sees objects, how sure it must be.
    stability_offset : float
        Shift of the threshold, in logits, of which a stable mask takes no notice.
    clicks_per_batch : int, optional
        By default what suits the model and its device.
    mode : {"auto", "seeds", "grid", "distances"}
        Click where the model sees objects, click on a grid, or do not click at all and let an
        instance decoder tell objects apart. By default what the model can: distances if neither
        points nor crops are asked for, else seeds if no points are, else the grid.

    Raises
    ------
    InputError
        If a number is out of its range, or points or crops are asked for that the mode has not.
    """

    points_per_side: int | None = None
    crop_layers: int = 0
    crop_overlap: float = 512 / 1500
    crop_points_divisor: int = 1
    seed_confidence: float = 0.3
    stability_offset: float = 1.0
    clicks_per_batch: int | None = None
    mode: Mode = "auto"

    def __post_init__(self) -> None:
        for name in ("points_per_side", "clicks_per_batch", "crop_points_divisor"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} must be 1 or more, got {value}.")
        _check_range(self, "crop_layers", 0, 8)
        _check_range(self, "crop_overlap", 0, 0.9)
        _check_range(self, "seed_confidence", 0, 1)
        _check_range(self, "stability_offset", 0, 100)
        if self.mode not in MODES:
            raise InputError(f"mode must be one of {', '.join(MODES)}, got {self.mode!r}.")
        if self.mode == "seeds" and self.points_per_side is not None:
            raise InputError("The mode 'seeds' has no grid; leave points_per_side out.")
        if self.mode == "distances" and self.is_about_clicks:
            raise InputError(
                "The mode 'distances' does not click; leave points_per_side and crop_layers out."
            )

    @property
    def is_about_clicks(self) -> bool:
        """Whether a grid or crops are asked for."""
        return self.points_per_side is not None or self.crop_layers > 0

    @property
    def may_ask_distances(self) -> bool:
        """Whether an instance decoder is asked where the model has one."""
        return self.mode == "distances" or (self.mode == "auto" and not self.is_about_clicks)


@dataclass(frozen=True, slots=True)
class EverythingOptions:
    """How everything mode chooses among its masks; the defaults are those of the paper.

    All but ``search`` can be changed afterwards without decoding again (``filter_candidates``).
    What suits a model better than the paper's numbers gives ``default_options``.

    Parameters
    ----------
    predicted_iou : float
        0 to 1, the least predicted IoU of a mask.
    stability : float
        0 to 1, the least stability: IoU of the masks at a lower and a higher threshold.
    nms_iou : float
        Of two masks that overlap with a higher IoU, only the better one is kept; of masks of
        different crops, that of the smaller crop.
    overlap_of : {"box", "mask"}
        Whether overlap is that of bounding boxes, as in the paper, or of the masks themselves,
        which does not confuse slanting neighbours.
    min_area : int
        Objects of fewer pixels are left out.
    max_area_share : float
        Masks that cover this share of the plane or more are left out.
    keep_background : bool
        Whether a mask may reach all four sides of the plane and fill half of its rim. The paper
        knows no such rule: on photographs such a mask may be the wall or the sea, in a microscope
        it is what lies between the objects.
    min_region_area : int
        Holes and islands of fewer pixels are filled and removed.
    min_visible : float
        An object of which others leave a smaller share of its pixels is left out of the labels.
    search : Search
        Where to click.
    watershed : WatershedOptions
        In the mode "distances", what counts; of the above only ``min_area`` and ``search`` do then.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    predicted_iou: float = 0.88
    stability: float = 0.95
    nms_iou: float = 0.7
    overlap_of: Literal["box", "mask"] = "box"
    min_area: int = 0
    max_area_share: float = 0.95
    keep_background: bool = False
    min_region_area: int = 0
    min_visible: float = 0.5
    search: Search = field(default_factory=Search)
    watershed: WatershedOptions = field(default_factory=WatershedOptions)

    def __post_init__(self) -> None:
        for name in ("predicted_iou", "stability", "nms_iou", "max_area_share", "min_visible"):
            _check_range(self, name, 0, 1)
        for name in ("min_area", "min_region_area"):
            _check_range(self, name, 0, float("inf"))
        if self.overlap_of not in ("box", "mask"):
            raise InputError(f"overlap_of must be 'box' or 'mask', got {self.overlap_of!r}.")


def _check_range(options: object, name: str, low: float, high: float) -> None:
    value = getattr(options, name)
    if not low <= value <= high:
        raise InputError(f"{name} must lie between {low:g} and {high:g}, got {value}.")
