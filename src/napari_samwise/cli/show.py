"""Open napari on a finished demo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from napari_samwise.window import missing_for_window


def show_demo(folder: Path, model: str) -> str:
    """Open napari on the demo in `folder` and wait until its window is closed.

    napari runs in a process of its own, because Qt ends the whole process where it finds a
    display that it cannot use, and the results are then told of all the same.

    Parameters
    ----------
    folder : Path
        What the demo wrote.
    model : str
        Name or path of the model that it used.

    Returns
    -------
    str
        One sentence on what happened.
    """
    missing = missing_for_window()
    if missing is not None:
        return f"No window is opened: {missing}; look at {folder / 'overlay.png'} instead."
    command = [sys.executable, "-m", "napari_samwise.plugin.show", str(folder), model]
    ended = subprocess.run(command, check=False)
    if ended.returncode != 0:
        return (
            f"napari could not open its window (exit code {ended.returncode}); "
            f"look at {folder / 'overlay.png'} instead."
        )
    return "napari was closed."
