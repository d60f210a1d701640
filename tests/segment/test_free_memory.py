"""Memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
import sys

import numpy as np
import pytest

from napari_samwise.segment.everything.free_memory import give_back


def resident_kb() -> int:
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def test_it_may_be_called_anywhere() -> None:
    give_back()
    give_back()


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc keeps what is freed",
)
def test_what_lies_between_kept_pieces_is_given_back() -> None:
    # Below the size from which the C library asks the system for each piece by itself.
    pieces = [np.ones(100_000, np.uint8) for _ in range(2000)]
    kept = pieces[::20]
    del pieces
    before = resident_kb()
    give_back()
    assert resident_kb() < before - 100_000
    assert len(kept) == 100
