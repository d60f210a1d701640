"""Which labelled images train the built-in model and which are held back, fixed in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from napari_samwise.errors import ImageError

Part = Literal["train", "held_back"]


@dataclass(frozen=True, slots=True)
class Split:
    """A split by image.

    Parameters
    ----------
    train, held_back : tuple of str
        Names ``folder/image`` of whole images.
    divided : mapping of str to int
        Names of volumes that are the only image of their source: planes from this one on are held
        back, those before it train.
    regions : frozenset of str, optional
        Names of those images whose labels are classes, not objects.
    words : mapping of str to str, optional
        Folder -> what the objects in its images are called, where that is one word.
    """

    train: tuple[str, ...]
    held_back: tuple[str, ...]
    divided: Mapping[str, int]
    regions: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@cache
def fixed_split() -> Split:
    """Return the split of ``split.json``."""
    table = json.loads(files(__package__).joinpath("split.json").read_text("utf-8"))
    borders = {name: int(rule["held_back_from"]) for name, rule in table["divided"].items()}
    return Split(
        tuple(table["train"]),
        tuple(table["held_back"]),
        MappingProxyType(borders),
        frozenset(table["regions"]),
        MappingProxyType(table["words"]),
    )


def read_words(folder: Path) -> dict[str, str]:
    """Return what the objects of a folder of labelled images are called.

    Parameters
    ----------
    folder : Path
        Its ``words.json``, if it has one, maps the name of a folder of images in it to one word;
        all objects in them must be labelled.

    Raises
    ------
    ImageError
        If the file is no such table.
    """
    path = folder / "words.json"
    if not path.exists():
        return {}
    try:
        table = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ImageError(f"{path} is no readable JSON ({error}); mend or remove it.") from error
    if not isinstance(table, dict) or not all(isinstance(word, str) for word in table.values()):
        raise ImageError(
            f'{path} must map folders to words, as {{"colonies": "bacterium"}}, got {table!r:.60}.'
        )
    return table
