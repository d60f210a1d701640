from __future__ import annotations

import threading
import time

import pytest

from napari_samwise.plugin.worker import ThreadSlot, Ticket


@pytest.fixture
def slot(qapp):
    made = ThreadSlot("test")
    yield made
    made.close()


def test_work_is_done_elsewhere_and_handed_out_here(slot, qtbot) -> None:
    heard: list[object] = []
    threads: list[int] = []

    def work(ticket):
        ticket.report(1, 2)
        return threading.get_ident()

    def done(future) -> None:
        threads.append(threading.get_ident())
        heard.append(future.result())

    slot.start(work, done, lambda *step: heard.append(step))
    assert slot.busy
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard[0] == (1, 2)
    assert heard[1] != threads[0] == threading.get_ident()
    assert not slot.busy


def test_the_caller_goes_on_while_work_is_done(slot, qtbot) -> None:
    release = threading.Event()
    heard: list[object] = []
    start = time.perf_counter()
    slot.start(lambda ticket: release.wait(5), lambda future: heard.append(future.result()))
    assert not heard
    assert time.perf_counter() - start < 1
    release.set()
    qtbot.waitUntil(lambda: heard == [True])


def test_an_error_comes_in_the_future(slot, qtbot) -> None:
    errors: list[BaseException | None] = []

    def work(ticket):
        ticket.report(1, 2)
        raise ValueError("no")

    slot.start(work, lambda future: errors.append(future.exception()))
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ValueError)


def test_a_job_that_was_stopped_is_still_handed_out(slot, qtbot) -> None:
    heard: list[bool] = []

    def work(ticket):
        while not ticket.should_stop():
            time.sleep(0.001)
        return True

    slot.start(work, lambda future: heard.append(future.result()), print)
    slot.stop()
    qtbot.waitUntil(lambda: heard == [True])


def test_nothing_is_handed_out_after_closing(slot, qtbot) -> None:
    heard: list[object] = []
    ended = threading.Event()

    def work(ticket):
        while not ticket.should_stop():
            time.sleep(0.001)
        ticket.report(1, 1)
        ended.set()

    slot.start(work, heard.append, lambda *step: heard.append(step))
    slot.close()
    assert ended.wait(5)
    qtbot.wait(20)
    assert not heard


def test_there_is_room_for_one_job_only(slot, qtbot) -> None:
    release = threading.Event()
    heard: list[object] = []
    slot.start(lambda ticket: release.wait(5), heard.append, print)
    with pytest.raises(RuntimeError, match="already"):
        slot.start(lambda ticket: None, heard.append, print)
    release.set()
    qtbot.waitUntil(lambda: len(heard) == 1)


def test_reports_faster_than_a_window_can_show_do_not_queue_up(qtbot) -> None:
    slot, heard, done = ThreadSlot("test"), [], []

    def work(ticket: Ticket) -> None:
        for layer in range(10_000):
            ticket.report(layer, 10_000)

    slot.start(work, done.append, lambda at, total: heard.append(at))
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)
    assert len(heard) < 1000
    assert heard == sorted(heard)
    slot.close()
