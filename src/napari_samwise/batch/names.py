"""What the results of each image are called, so that none replaces another's."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from napari_samwise.io.suffix import kind_suffix

_OME = ".ome"


def name_inputs(paths: Iterable[Path], claimed: Mapping[str, str]) -> dict[Path, str]:
    """Give every input a name of its own.

    Its file's name without the suffix; where several inputs share that, the suffix is put behind
    it, then the folder's name before it, and at last a digest of the path behind it. What is no
    text in a file's name becomes ``_``: not every library can write such a name.

    Parameters
    ----------
    paths : iterable of Path
        Absolute, each once.
    claimed : mapping of str to str
        Names by path of earlier runs: an input keeps the name that it had, and takes none of an
        input that still exists.
    """
    waiting = list(paths)
    names = {path: claimed[str(path)] for path in waiting if str(path) in claimed}
    taken = {name.casefold() for path, name in claimed.items() if Path(path).exists()}
    taken |= {name.casefold() for name in names.values()}
    waiting = [path for path in waiting if path not in names]
    for make in _MAKERS:
        made = {path: _as_text(make(path)) for path in waiting}
        counts = Counter(name.casefold() for name in made.values())
        # An input that has its name already counts as one that shares it.
        for path in waiting:
            name = made[path]
            if counts[name.casefold()] == 1 and name.casefold() not in taken:
                names[path] = name
        taken |= {name.casefold() for name in names.values()}
        waiting = [path for path in waiting if path not in names]
    return names


def _as_text(name: str) -> str:
    # Python hands on bytes that are no UTF-8 as half a surrogate pair each.
    return re.sub("[\ud800-\udfff]", "_", name)


def _stem(path: Path) -> str:
    stem = path.name.removesuffix(path.name[len(path.name) - len(kind_suffix(path)) :])
    return stem[: -len(_OME)] if stem.lower().endswith(_OME) else stem


def _with_suffix(path: Path) -> str:
    return f"{_stem(path)}{kind_suffix(path).replace('.', '_')}"


def _with_folder(path: Path) -> str:
    return f"{path.parent.name}_{_with_suffix(path)}"


def _with_digest(path: Path) -> str:
    digest = hashlib.blake2b(os.fsencode(path), digest_size=6).hexdigest()
    return f"{_with_folder(path)}_{digest}"


_MAKERS: tuple[Callable[[Path], str], ...] = (_stem, _with_suffix, _with_folder, _with_digest)
