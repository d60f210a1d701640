"""What became of a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_samwise.atomic import replacing
from napari_samwise.batch.outcome import Outcome, Status

_VERSION = 1


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a batch.

    Parameters
    ----------
    out : Path
        Folder of the results.
    images : tuple of Outcome
        What became of each image, in the order of the inputs.
    ignored : int
        What is in folders and says by its name that it is no image; see ``WorkList``.
    seconds : float
        That it took.
    run : mapping
        Recipe, journal, workers and version, as ``report.json`` shows them.
    """

    out: Path
    images: tuple[Outcome, ...]
    ignored: int
    seconds: float
    run: Mapping[str, Any]

    @property
    def done(self) -> tuple[Outcome, ...]:
        """Images that were done now."""
        return self._of("done")

    @property
    def skipped(self) -> tuple[Outcome, ...]:
        """Images that an earlier run had done."""
        return self._of("skipped")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Images that were not done, whoever is to blame; each with its ``reason``."""
        return self._of("failed", "fault")

    @property
    def faults(self) -> tuple[Outcome, ...]:
        """Images that were not done by a fault of this package."""
        return self._of("fault")

    @property
    def exit_code(self) -> int:
        """Of the command line: 0 all is there, 2 some images failed, 1 by a fault of ours."""
        if self.faults:
            return 1
        return 2 if self.failed else 0

    def counts(self) -> dict[str, int]:
        """Return how many images there were, and of each kind."""
        return {
            "images": len(self.images),
            "done": len(self.done),
            "skipped": len(self.skipped),
            "failed": len(self.failed),
            "ignored": self.ignored,
        }

    def to_json(self) -> dict[str, Any]:
        """Return it as ``report.json`` shows it."""
        return {
            "samwise_batch": _VERSION,
            **self.run,
            "out": str(self.out),
            "seconds": round(self.seconds, 3),
            **self.counts(),
            "results": [outcome.to_json() for outcome in self.images],
        }

    def save(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(self.to_json(), indent=2), encoding="utf-8")

    def _of(self, *wanted: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.images if outcome.status in wanted)
