"""Write a table as CSV or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_samwise.atomic import replacing
from napari_samwise.errors import InputError
from napari_samwise.io.suffix import kind_suffix

TABLE_SUFFIXES = (".csv", ".parquet")
Columns = Mapping[str, Sequence[int | float]]


def save_table(path: Path, columns: Columns) -> None:
    """Write columns whole or not at all; see :func:`write_table`."""
    with replacing(path) as temporary:
        write_table(temporary, columns)


def write_table(path: Path, columns: Columns) -> None:
    """Write columns of equal length.

    Parameters
    ----------
    path : Path
        Give a temporary one.
    columns : mapping of str to sequence
        By name.

    Raises
    ------
    InputError
        ``pyarrow`` is not installed, which Parquet needs.
    """
    if kind_suffix(path) == ".parquet":
        _write_parquet(path, columns)
        return
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _write_parquet(path: Path, columns: Columns) -> None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "Parquet needs pyarrow: pip install 'napari-samwise[parquet]', or write a .csv."
        ) from error
    parquet.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
