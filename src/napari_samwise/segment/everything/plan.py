"""What everything mode is about to do with an image: all that the labels depend on, resolved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.plane_source import PlaneSource, as_levels
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.candidate_store import CandidateStore, FolderStore
from napari_samwise.segment.everything.defaults import default_options
from napari_samwise.segment.everything.filters import admit
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.resume import claim, run_digest
from napari_samwise.segment.everything.run import search_view
from napari_samwise.segment.everything.view import FramedView, View, WholeView
from napari_samwise.segment.planes import Position, all_positions, read_plane


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that the labels depend on.

    Parameters
    ----------
    levels : sequence of array-like
        The image and its coarser copies.
    axes : Axes
        Names of its axes.
    predictor : Predictor
        Encodes; its model decodes.
    intensity : Intensity
        How values become 8 bits.
    options : EverythingOptions
        Where to click and what to keep.
    frame_px : int or None
        Side of the frames of large planes.
    """

    levels: Sequence[Any]
    axes: Axes
    predictor: Predictor
    intensity: Intensity
    options: EverythingOptions
    frame_px: int | None

    @classmethod
    def make(
        cls,
        image: Any,
        model: str | Path | SegmentationModel | Predictor,
        axes: str | None = None,
        intensity: Intensity | str = "auto",
        options: EverythingOptions | None = None,
        frame_px: int | None = None,
    ) -> Self:
        """Resolve what ``segment_everything`` takes, under the same names.

        Raises
        ------
        ImageError, ModelNameError, InputError
            If the image, its axes, the model or the options cannot be used.
        """
        if not isinstance(options, EverythingOptions | None):
            raise InputError(
                f"options must be EverythingOptions, got {type(options).__name__}; write "
                "EverythingOptions(min_area=50)."
            )
        levels = as_levels(image)
        source = levels[0]
        named = infer_axes(source.shape) if axes is None else parse_axes(axes)
        named.validate(source.shape)
        if not isinstance(intensity, Intensity):
            rgb = named.channel is not None and source.shape[named.channel] > 1
            intensity = resolve_intensity(source, intensity, rgb=rgb, axes=named, may_be_blank=True)
        predictor = _as_predictor(model, options)
        chosen = default_options(predictor.model) if options is None else options
        return cls(levels, named, predictor, intensity, chosen, frame_px)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the labels."""
        return self.axes.spatial_shape(self.levels[0].shape)

    @property
    def positions(self) -> list[Position]:
        """The planes."""
        return all_positions(self.levels[0].shape, self.axes)

    def look(self, position: Position) -> View:
        """Return a plane as a whole if the model sees all of it, or if crops are asked for.

        Raises
        ------
        InputError
            If both crops and frames are asked for.
        """
        crops = self.options.search.crop_layers
        if crops and self.frame_px is not None:
            raise InputError(
                "Frames and crops exclude each other; leave frame_px or crop_layers out."
            )
        longest = max(self.shape[axis] for axis in self.axes.plane)
        sees = self.predictor.model.whole_px
        most = sees if self.frame_px is None else min(self.frame_px, sees)
        if crops or longest <= most:
            plane = read_plane(self.levels[0], self.axes, position)
            return WholeView(self.predictor, plane, self.intensity, self.options.search)
        source = PlaneSource(self.levels, self.axes, position)
        return FramedView(self.predictor, source, self.intensity, self.frame_px)

    def claim(self, folder: Path) -> None:
        """Make a folder that of this plan, or check that it is.

        Raises
        ------
        InputError
            If the parts in it are those of another one.
        """
        digest = run_digest(
            self.levels[0],
            self.axes,
            self.positions,
            self.predictor,
            self.intensity,
            self.options,
            self.frame_px,
        )
        claim(folder, digest)

    def search(
        self,
        view: View,
        store: CandidateStore,
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Search the parts of a plane that are not in a store; see ``search_view``.

        The parts of a blank image are done without looking: a model could only invent objects.
        """
        if self.intensity.is_blank:
            for index in range(len(view.parts)):
                store.put(index, Found.join([]))
        search_view(
            view,
            self.predictor.model,
            self.options,
            store,
            refine=partial(admit, plane_size=view.plane_size, options=self.options),
            workers=workers,
            progress=progress,
            should_stop=should_stop,
        )


def store_in(folder: Path, position: Position) -> FolderStore:
    """Return where the masks of one plane wait within the folder of a run."""
    return FolderStore(folder / "-".join(["plane", *(f"{i:05d}" for i in position)]))


def _as_predictor(
    model: str | Path | SegmentationModel | Predictor, options: EverythingOptions | None
) -> Predictor:
    """Return a predictor; of a name, with the instance decoder if it may be needed."""
    if isinstance(model, Predictor):
        return model
    if not isinstance(model, str | Path):
        return Predictor(model)
    # Reading and fetching weights is not needed by those who bring a model.
    from napari_samwise.weights.load import load_model

    return Predictor(load_model(model, decoder=options is None or options.search.may_ask_distances))
