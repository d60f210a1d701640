"""How far a download is: a callable, or a bar in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all (0 where the server does not tell)."""


@contextmanager
def terminal_progress(description: str) -> Iterator[Progress]:
    """Show a bar on standard error while the context is open.

    Parameters
    ----------
    description : str
        Text in front of the bar.

    Yields
    ------
    callable
        To be called with ``(done, total)`` in bytes. Silent where standard error is no terminal.
    """
    with tqdm(desc=description, unit="B", unit_scale=True, disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield show
