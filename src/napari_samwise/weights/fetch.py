"""From a checkpoint's name to a verified file on disk."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pooch
import requests

from napari_samwise.errors import DownloadError
from napari_samwise.home import HOME_VARIABLE
from napari_samwise.weights.download import TIMEOUT_SECONDS, ResumingDownloader, hash_like
from napari_samwise.weights.progress import Progress, terminal_progress
from napari_samwise.weights.registry import Checkpoint


def weights_folder(weights_dir: str | os.PathLike[str] | None = None) -> Path:
    """Find the folder in which files of weights lie.

    Parameters
    ----------
    weights_dir : path-like, optional
        The folder itself. By default ``weights`` in the folder that the environment variable
        ``NAPARI_SAMWISE_HOME`` names, and without that one ``weights`` in the user's cache folder
        for napari-samwise.

    Returns
    -------
    Path
        Absolute; it need not exist yet.
    """
    if weights_dir is not None:
        return Path(weights_dir).expanduser().absolute()
    home = os.environ.get(HOME_VARIABLE) or pooch.os_cache("napari-samwise")
    return Path(home).expanduser().absolute() / "weights"


def fetch(
    checkpoint: Checkpoint,
    weights_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Give the path of a checkpoint's file, downloading it where it is not there yet.

    A file that was put there by hand is taken if its hash is right.

    Parameters
    ----------
    checkpoint : Checkpoint
        What to fetch; not one that is built in.
    weights_dir : path-like, optional
        See `weights_folder`.
    progress : callable, optional
        Called with ``(done, total)`` in bytes while downloading; by default a bar is shown on
        standard error. It may raise to stop; the next call then goes on where this one stopped.

    Returns
    -------
    Path
        A file with the checkpoint's hash.

    Raises
    ------
    DownloadError
        The file is neither there nor to be had; the message says where to put it by hand.
    """
    if checkpoint.url is None or checkpoint.hash is None:
        raise DownloadError(f"{checkpoint.name!r} comes with the package and is never downloaded.")
    path = weights_folder(weights_dir) / checkpoint.file_name
    if path.is_file() and hash_like(path, checkpoint.hash) == checkpoint.hash:
        return path
    bar = terminal_progress(checkpoint.name) if progress is None else nullcontext(progress)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with bar as report:
            pooch.retrieve(
                checkpoint.url,
                known_hash=checkpoint.hash,
                fname=path.name,
                path=path.parent,
                downloader=ResumingDownloader(
                    path.with_name(f"{path.name}.part"), checkpoint.hash, report
                ),
            )
    except DownloadError as error:
        raise DownloadError(f"{error}; {_by_hand(checkpoint, path)}") from error
    except requests.RequestException as error:
        raise DownloadError(
            f"Could not download {checkpoint.name} from {checkpoint.url} ({_reason(error)}); "
            f"try again with a connection, or {_by_hand(checkpoint, path)}"
        ) from error
    except OSError as error:
        raise DownloadError(
            f"Could not write {path} ({error.strerror}); choose another folder with "
            f"--weights-dir or {HOME_VARIABLE}."
        ) from error
    return path


def _by_hand(checkpoint: Checkpoint, path: Path) -> str:
    present = "in place of the damaged or different file there, " if path.exists() else ""
    return f"put the file at {path} yourself ({present}{checkpoint.hash})."


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut; what came is kept and taken up next time"
    return "no connection"
