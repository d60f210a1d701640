"""Which labelled images train the built-in model and which are held back, fixed in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

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
