"""Work in shards: the same result on any number of processes."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

import torch

SHARDS = 8
"""So many parts there always are, each with a seed of its own."""

Found = TypeVar("Found")


def in_shards(work: Callable[[int], Iterable[Found]], workers: int = 0) -> list[Found]:
    """Do every shard and join what they give, in their order.

    Parameters
    ----------
    work : callable
        ``work(shard)`` of a number below ``SHARDS``; a function of a module, perhaps a
        ``functools.partial`` of one, so that another process can be told to do it.
    workers : int
        Processes, of one thread each; with fewer than two everything is done in this one.

    Returns
    -------
    list
        The same for any number of workers, up to rounding.
    """
    if workers < 2:
        return [one for shard in range(SHARDS) for one in work(shard)]
    # A forked process would inherit the locks of this one's threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        parts = pool.map(partial(_packed, pickle.dumps(work)), range(SHARDS))
        return [one for part in parts for one in pickle.loads(part)]


def share_of(count: int, shard: int) -> range:
    """Return which of so many things a shard does."""
    return range(shard, count, SHARDS)


def _packed(work: bytes, shard: int) -> bytes:
    """Do a shard in a process of its own.

    Tensors come and go by value: in shared memory, as torch would send them, each is an open file.
    """
    torch.set_num_threads(1)
    return pickle.dumps(list(pickle.loads(work)(shard)))
