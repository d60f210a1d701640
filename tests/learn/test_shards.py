"""Work in shards: nothing twice, nothing left out, in one order."""

from functools import partial

import pytest

from napari_samwise.learn.shards import SHARDS, in_shards, share_of


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("count", [3, 21])
def test_every_number_is_done_once_and_in_one_order(count: int, workers: int) -> None:
    found = in_shards(partial(share_of, count), workers)
    assert sorted(found) == list(range(count))
    assert found == in_shards(partial(share_of, count))


def test_shards_share_alike() -> None:
    sizes = [len(share_of(100, shard)) for shard in range(SHARDS)]
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == 100


@pytest.mark.parametrize("workers", [0, 2])
def test_what_fails_is_not_swallowed(workers: int) -> None:
    with pytest.raises(ZeroDivisionError):
        in_shards(partial(divmod, 1), workers)
