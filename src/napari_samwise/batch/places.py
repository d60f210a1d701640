"""Where a batch keeps what it needs within the folder of results."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from napari_samwise.batch.done_marks import DoneMarks

_OWN = ".samwise"
_KEY_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of results, and what lies in it.

    Parameters
    ----------
    out : Path
        Absolute.
    """

    out: Path

    @property
    def own(self) -> Path:
        """The hidden folder that is the batch's."""
        return self.out / _OWN

    @property
    def lock(self) -> Path:
        """Held by the run that uses the folder."""
        return self.own / "lock"

    @property
    def log(self) -> Path:
        """The log of all runs."""
        return self.out / "log.jsonl"

    @property
    def report(self) -> Path:
        """The report of the last run."""
        return self.out / "report.json"

    @property
    def recipe(self) -> Path:
        """The recipe of the last run."""
        return self.out / "recipe.yaml"

    @property
    def marks(self) -> DoneMarks:
        """What is done."""
        return DoneMarks(self.out, self.own / "done")

    @property
    def unfinished(self) -> Path:
        """Where results are made before they are moved to their place."""
        return self.own / "unfinished"

    def workplace(self, name: str, key: str) -> Path:
        """Return the folder in which the results of an image are made.

        What an interrupted run with the same key has left there is of use; what others have left
        is removed.
        """
        own = self.unfinished / f"{name}.{key[:_KEY_LETTERS]}"
        own.mkdir(parents=True, exist_ok=True)
        for other in self.unfinished.iterdir():
            if other != own and other.name.rpartition(".")[0] == name:
                shutil.rmtree(other, ignore_errors=True)
        return own
