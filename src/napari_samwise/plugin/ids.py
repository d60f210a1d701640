"""Which ids labels hold, so that none is given to two objects."""

from __future__ import annotations

from collections.abc import Iterable


class Ids:
    """The ids that are in use beside those of listed objects."""

    def __init__(self) -> None:
        self.are_known = True
        """False while labels too large to be read at once are still being read."""
        self._highest = self._held = 0

    def next_after(self, listed: Iterable[int]) -> int:
        """Return the id of the next object, given those of all that are listed."""
        return max([self._highest, self._held, *listed]) + 1

    def start_from(self, highest: int | None) -> None:
        """Take the highest id of other labels; None if it will be found out later."""
        self._highest, self.are_known = highest or 0, highest is not None

    def found_out(self, highest: int) -> None:
        """Take the highest id that the labels were found to hold."""
        self._highest, self.are_known = max(self._highest, highest), True

    def retire(self, label: int) -> None:
        """Give an id, and those below it, to no further object."""
        self._highest = max(self._highest, label)

    def hold(self, label: int) -> None:
        """Keep ids up to this one for objects that are being written and not listed yet."""
        self._held = max(self._held, label)

    def release(self) -> None:
        """Hold none any more: the objects are listed, or taken back."""
        self._held = 0
