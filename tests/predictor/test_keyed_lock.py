"""A keyed lock keeps holders of one key apart, and only them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from napari_samwise.predictor.keyed_lock import KeyedLock


def test_one_key_is_held_by_one_thread_at_a_time() -> None:
    lock, inside, most = KeyedLock(), 0, 0
    guard = threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        for _ in range(50):
            with lock.hold("a"):
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert most == 1


def test_another_key_does_not_wait() -> None:
    lock, entered = KeyedLock(), threading.Event()

    def other() -> None:
        with lock.hold("b"):
            entered.set()

    with lock.hold("a"):
        threading.Thread(target=other).start()
        assert entered.wait(5)


def test_a_key_is_free_again_after_an_error() -> None:
    lock = KeyedLock()
    with pytest.raises(RuntimeError), lock.hold("a"):
        raise RuntimeError
    with lock.hold("a"):
        pass
