"""Where what a user must not lose is kept when there is no better place."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "NAPARI_SAMWISE_HOME"


def data_folder(kind: str) -> Path:
    """Return a folder for one kind of data; it need not exist.

    Parameters
    ----------
    kind : str
        Its name in the folder that the environment variable ``NAPARI_SAMWISE_HOME`` names, or
        else in the user's folder for data of napari-samwise.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute() / kind
    from platformdirs import user_data_path

    return user_data_path("napari-samwise", appauthor=False) / kind
