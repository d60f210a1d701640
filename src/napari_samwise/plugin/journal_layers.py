"""What a journal holds, as layers: objects, prompts in work, and the image if it lies beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.read import is_image
from napari_samwise.journal.events import Prompt
from napari_samwise.journal.identity import identify
from napari_samwise.journal.limits import SUFFIX
from napari_samwise.journal.player import highest_id, restore
from napari_samwise.journal.reader import Journal, read_journal
from napari_samwise.plugin.journal_form import from_prompt, from_row
from napari_samwise.plugin.label_folder import default_folder, new_path
from napari_samwise.plugin.labels import layer_data, new_labels, widen
from napari_samwise.plugin.layers import EXCLUDE_COLOR, INCLUDE_COLOR
from napari_samwise.plugin.objects_layer import make_table
from napari_samwise.plugin.point_table import make_table as make_point_table
from napari_samwise.plugin.point_table import symbols
from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.series.image_layers import make_layer
from napari_samwise.plugin.series.opened import Opened, open_image

if TYPE_CHECKING:
    from napari_samwise.journal.ledger import Ledger

LayerData = tuple[Any, dict[str, Any], str]
_PLACE = ("scale", "units", "axis_labels")


def read_journal_layers(path: str) -> list[LayerData]:
    """Open a journal: its objects with their provenance, and the prompts in work if there are.

    No model is asked. The image is opened too if the file of the journal's own name, without
    ``.samwise.jsonl``, lies beside it and is the image of the session.

    Raises
    ------
    JournalError
        The journal is damaged; the sentence names the lines and the reasons.
    """
    file = Path(path)
    journal = read_journal(file)
    images = _image_layers(file, journal)
    place = {key: images[0][1][key] for key in _PLACE} if images else {}
    target = new_path(default_folder(), journal.header.image.name)
    empty = new_labels(journal.header.image.spatial_shape, target, place.get("scale", (1.0,)))
    ledger = restore(journal, widen(empty, highest_id(journal)))
    objects = {label: from_row(row, None) for label, row in ledger.table.items()}
    known = {
        "name": Role.OBJECTS.value,
        "features": make_table(objects),
        "opacity": 0.6,
        "metadata": {"journal": file.name},
    }
    data = layer_data(ledger.labels)
    return [*images, (data, known | place, "labels"), *_prompt_layers(ledger.draft, ledger, place)]


def _image_layers(file: Path, journal: Journal) -> list[LayerData]:
    """Return the layers of the image beside a journal; none if there is none or it is another."""
    beside = file.with_name(file.name[: -len(SUFFIX)])
    if not file.name.endswith(SUFFIX) or not beside.exists() or not is_image(beside):
        return []
    try:
        opened = open_image(beside)
        is_same = _is_image_of(opened, journal)
    except ImageError:
        return []
    if not is_same:
        return []
    layers = (make_layer(opened, index) for index in range(len(opened.channels)))
    return [layer.as_layer_data_tuple() for layer in layers]


def _is_image_of(opened: Opened, journal: Journal) -> bool:
    """Tell whether one of the image's layers is what was annotated."""
    return any(
        identify(list(channel.levels), Axes(opened.axes + "C" * channel.rgb)).digest
        == journal.header.image.digest
        for channel in opened.channels
    )


def _prompt_layers(prompt: Prompt, ledger: Ledger, place: dict[str, Any]) -> list[LayerData]:
    """Return points and shapes of the object in work, each if there are some."""
    draft = from_prompt(prompt, len(ledger.labels.shape))
    layers: list[LayerData] = []
    if draft.outlines:
        shapes = {
            "name": Role.BOXES.value,
            "shape_type": [outline.kind for outline in draft.outlines],
            "face_color": "transparent",
        }
        data = [outline.vertices for outline in draft.outlines]
        layers.append((data, shapes | place, "shapes"))
    if len(draft.points):
        colors = [INCLUDE_COLOR if label else EXCLUDE_COLOR for label in draft.labels]
        points = {
            "name": Role.PROMPTS.value,
            "features": make_point_table(draft.labels, draft.axes),
            "face_color": colors,
            "symbol": symbols(draft.labels),
        }
        layers.append((draft.points, points | place, "points"))
    return layers
