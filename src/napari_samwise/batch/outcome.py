"""What became of one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["done", "skipped", "failed", "fault"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one image.

    Parameters
    ----------
    status : {"done", "skipped", "failed", "fault"}
        Done now; done by an earlier run; not to be done with this image; not done, by a fault of
        this package.
    name : str
        What its results are called.
    image : str
        Its path.
    outputs : tuple of str
        What was written, relative to the folder of results.
    objects : int or None
        How many were found.
    seconds : float
        Of work.
    reason : str or None
        One sentence, where it was not done.
    """

    status: Status
    name: str
    image: str
    outputs: tuple[str, ...] = ()
    objects: int | None = None
    seconds: float = 0.0
    reason: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether its results are there."""
        return self.status in ("done", "skipped")

    def to_json(self) -> dict[str, Any]:
        """Return it as a report and the log show it."""
        told = {
            "image": self.image,
            "name": self.name,
            "status": self.status,
            "objects": self.objects,
            "seconds": round(self.seconds, 3),
            "outputs": list(self.outputs),
        }
        return told if self.reason is None else {**told, "reason": self.reason}
