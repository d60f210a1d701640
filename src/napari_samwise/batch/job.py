"""What a batch does with every image, as a value that travels to worker processes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from napari_samwise.batch.input_digest import digest_input
from napari_samwise.batch.places import Places
from napari_samwise.batch.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Replay:
    """A journal to be replayed.

    Parameters
    ----------
    path : Path
        Absolute.
    digest : str
        Of its content.
    """

    path: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with every image.

    Parameters
    ----------
    recipe : Recipe
        The recipe.
    replay : Replay or None
        None for everything mode.
    out : Path
        Absolute path of the folder of results.
    identity : str
        Of the weights (``identify_model``); empty for those that a journal names.
    version : str
        Of this package.
    resume : bool
        Whether what is done already is left alone.
    threads : int or None
        So many threads torch may use for each image; None leaves it as it is.
    frame_workers : int
        Frames of a large plane in flight at once.
    """

    recipe: Recipe
    replay: Replay | None
    out: Path
    identity: str
    version: str
    resume: bool = True
    threads: int | None = None
    frame_workers: int = 1

    @property
    def weights(self) -> str | None:
        """Name or path of the weights; None for those that a journal names."""
        return self.recipe.model or ("nano" if self.replay is None else None)

    @property
    def places(self) -> Places:
        """The folder of results, and what lies in it."""
        return Places(self.out)

    def key_of(self, image: Path) -> str:
        """Return a digest of all that the results for an image depend on.

        Raises
        ------
        OSError
            If the image cannot be read.
        """
        from napari_samwise.batch.recipe_file import to_plain

        told = {
            "version": self.version,
            "recipe": to_plain(self.recipe),
            "replay": None if self.replay is None else self.replay.digest,
            "weights": self.identity,
            "image": digest_input(image),
        }
        text = json.dumps(told, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()
