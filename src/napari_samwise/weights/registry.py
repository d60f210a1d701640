"""The table of checkpoints that can be asked for by name."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType

from napari_samwise.errors import ModelNameError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One published set of weights.

    Parameters
    ----------
    name : str
        What a user types, e.g. ``"vit_b_lm"``.
    architecture : str
        ``"nano"``, ``"vit_t"``, ``"vit_b"``, ``"vit_l"`` or ``"vit_h"``. For display; loading reads
        the architecture from the weights themselves.
    file_name : str
        Name of the file in the folder of weights.
    url : str or None
        Where it is fetched from; None for weights that come with the package.
    hash : str or None
        ``"algorithm:hexadecimal"`` of the file, as pooch takes it; None exactly when ``url`` is.
        SHA-256 where the publisher gives one, else XXH128, which guards against damage and not
        against malice: that is the task of the safe reader (`weights.read`).
    size : int or None
        Bytes of the file, where known.
    licence : str
        Licence of the weights.
    citation : str
        What to cite when they are used.
    description : str
        What they were trained for, one line.
    """

    name: str
    architecture: str
    file_name: str
    url: str | None
    hash: str | None
    size: int | None
    licence: str
    citation: str
    description: str

    @property
    def is_built_in(self) -> bool:
        """Whether the weights come with the package, so that nothing is fetched."""
        return self.url is None


def _read_table() -> tuple[Mapping[str, Checkpoint], Mapping[str, Checkpoint]]:
    text = files(__package__).joinpath("checkpoints.json").read_text(encoding="utf-8")
    table = json.loads(text)
    citations = table["citations"]
    entries = [
        Checkpoint(**{**entry, "citation": citations[entry["citation"]]})
        for entry in table["checkpoints"]
    ]
    models = {entry.name: entry for entry in entries}
    decoders = {
        row["decoder_of"]: _decoder_of(models[row["decoder_of"]], row) for row in table["decoders"]
    }
    return MappingProxyType(models), MappingProxyType(decoders)


def _decoder_of(model: Checkpoint, row: Mapping[str, str]) -> Checkpoint:
    return replace(
        model,
        name=row["name"],
        file_name=f"{row['name']}.pt",
        url=row["url"],
        hash=row["hash"],
        size=None,
        description=f"Instance decoder of {model.name}",
    )


CHECKPOINTS, DECODERS = _read_table()
"""The models by name; and the instance decoders (`weights.decoder`) by the name of their model."""


def find_checkpoint(name: str) -> Checkpoint:
    """Look a checkpoint up by its name.

    Parameters
    ----------
    name : str
        A name of the table, e.g. ``"vit_b"``.

    Returns
    -------
    Checkpoint
        The entry of that name.

    Raises
    ------
    ModelNameError
        No entry has that name; the message lists those that are spelt alike.
    """
    if name in CHECKPOINTS:
        return CHECKPOINTS[name]
    close = difflib.get_close_matches(name.lower(), CHECKPOINTS, n=3, cutoff=0.5)
    close_names = f"one of {', '.join(close)}, or " if close else ""
    raise ModelNameError(
        f"No model is named {name!r} and no file of weights is at that path; "
        f"give {close_names}a name that `napari-samwise models` lists."
    )
