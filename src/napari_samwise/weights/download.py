"""One file over HTTP, going on where an earlier attempt was cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pooch
import requests
from requests.exceptions import ChunkedEncodingError

from napari_samwise.errors import DownloadError
from napari_samwise.weights.progress import Progress

CHUNK_BYTES = 1 << 20
TIMEOUT_SECONDS = 30.0


def hash_like(path: Path, known_hash: str) -> str:
    """Hash a file with the algorithm of a known hash.

    Parameters
    ----------
    path : Path
        The file.
    known_hash : str
        ``"algorithm:hexadecimal"``; only its algorithm is used.

    Returns
    -------
    str
        ``"algorithm:hexadecimal"`` of the file, lower case.
    """
    algorithm, _, _ = known_hash.partition(":")
    return f"{algorithm}:{pooch.file_hash(path, alg=algorithm)}"


class ResumingDownloader:
    """A downloader for ``pooch.retrieve`` that keeps what it has when the connection is cut.

    pooch hands it a temporary file and moves that file to its place only if the hash is right.
    What came before a cut is kept as `partial`, a name that nothing ever loads, and is taken up by
    the next attempt. Taking up is a rename, so that two processes never append to one file.

    Parameters
    ----------
    partial : Path
        Where an unfinished download is kept; in the folder of the final file.
    known_hash : str
        ``"algorithm:hexadecimal"`` of the whole file.
    progress : callable
        Called with ``(done, total)`` in bytes; total is 0 where the server does not tell. It may
        raise to stop the download, which keeps what is there.
    """

    def __init__(self, partial: Path, known_hash: str, progress: Progress) -> None:
        self._partial = partial
        self._known_hash = known_hash
        self._progress = progress

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        """Fetch `url` into `output_file`.

        Raises
        ------
        DownloadError
            The server sent a web page, or a file with another hash; nothing of it is kept.
        requests.RequestException
            No connection, no answer, an error status or a cut.
        """
        target = Path(output_file)
        with suppress(FileNotFoundError):
            os.replace(self._partial, target)
        resumed = target.stat().st_size > 0
        self._append(url, target)
        if resumed and hash_like(target, self._known_hash) != self._known_hash:
            # The kept part may stem from another version of the file: once more, from its start.
            target.write_bytes(b"")
            self._append(url, target)
        actual_hash = hash_like(target, self._known_hash)
        if actual_hash != self._known_hash:
            raise DownloadError(
                f"What {url} sent must have the hash {self._known_hash}, got {actual_hash}, so it "
                "was deleted"
            )

    def _append(self, url: str, target: Path) -> None:
        with self._keep_if_interrupted(target):
            start = target.stat().st_size
            with _open(url, start) as response:
                if response.status_code != requests.codes.partial_content:
                    start = 0
                self._write(response, target, start)

    @contextmanager
    def _keep_if_interrupted(self, target: Path) -> Iterator[None]:
        finished = False
        try:
            yield
            finished = True
        finally:
            if not finished and target.stat().st_size > 0:
                os.replace(target, self._partial)

    def _write(self, response: requests.Response, target: Path, start: int) -> None:
        done = start
        length = int(response.headers.get("Content-Length", 0))
        total = start + length if length else 0
        with target.open("r+b") as file:
            file.seek(start)
            file.truncate()
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                self._progress(done, total)
        if total and done != total:
            raise ChunkedEncodingError(f"cut after {done} of {total} bytes")


def _open(url: str, start: int) -> requests.Response:
    """Ask for the bytes from `start` on; a server may answer with the whole file all the same."""
    # Without "identity" a server may compress, and then lengths and ranges mean other bytes.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS)
    if start and response.status_code == requests.codes.requested_range_not_satisfiable:
        response.close()
        return _open(url, 0)
    response.raise_for_status()
    if response.headers.get("Content-Type", "").startswith("text/html"):
        response.close()
        raise DownloadError(
            f"The address {url} answered with a web page instead of weights, as a proxy or a "
            "page to log in does"
        )
    return response
