"""A batch on the workers of a running dask.distributed cluster."""

from __future__ import annotations

import itertools
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_samwise.batch.job import Job
from napari_samwise.batch.model_identity import identify_model
from napari_samwise.batch.outcome import Outcome
from napari_samwise.batch.own_version import own_version
from napari_samwise.batch.process import process
from napari_samwise.batch.shares import Shared, begin, do_share
from napari_samwise.batch.work_list import WorkItem
from napari_samwise.errors import InputError, SamwiseError

if TYPE_CHECKING:
    from distributed import Client

Tell = Callable[[Outcome], None]

_CONNECT_S = 30
_TRIES = 2
_OF_HOSTS = ("tcp", "tls", "ucx")
_QUEUED_PER_THREAD = 2
"""So many images wait or are worked on for each thread of the cluster: no worker runs dry while
the next one is sent, and the scheduler never holds the whole list."""
_KILLED = (
    "Workers ended again and again while they had this image, most likely for want of memory; "
    "give them more of it, or write its labels as ome-zarr."
)


def run_on_cluster(address: str, job: Job, items: Sequence[WorkItem], tell: Tell) -> None:
    """Do the images on a cluster.

    Images of a worker that is lost go to another one. One that several workers were lost with is
    tried once more, since it may have been another image's fault, and then given up. The frames of
    a large image are shared between workers.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``"tcp://10.0.0.1:8786"``.
    job : Job
        What to do with each; it is sent to the workers.
    items : sequence of WorkItem
        The images, under paths that all workers see.
    tell : callable
        Called in this thread with what became of each image, as soon as that is known.

    Raises
    ------
    InputError
        If ``distributed`` is not installed, nothing answers, or workers differ from this process.
    SamwiseError
        If the scheduler is lost; what is done stays done.
    """
    with _connected(address) as client:
        _check_workers(client, job)
        _Flight(client, job, tell).run(items)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            "A cluster needs dask.distributed: pip install 'napari-samwise[distributed]'."
        ) from error
    try:
        _check_address(address)
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"No scheduler answers at '{address}'; start one with 'dask scheduler' and give the "
            "address that it shows, such as tcp://10.0.0.1:8786."
        ) from error
    # Current for this block only: the user's other Dask work stays where it is.
    with client, client.as_current():
        yield client


def _check_address(address: str) -> None:
    """Refuse what is no address before a client is made: a half-made one complains when it goes.

    Raises
    ------
    ValueError
        If it has no scheme, or one that is unknown, or no host and port.
    """
    from distributed.comm import parse_address, parse_host_port
    from distributed.comm.registry import get_backend

    scheme, location = parse_address(address, strict=True)
    get_backend(scheme)
    if scheme in _OF_HOSTS and not all(parse_host_port(location)):
        raise ValueError(f"no host and port in '{address}'")


def _check_workers(client: Client, job: Job) -> None:
    """Refuse workers that would give other results, or none."""
    try:
        found = client.run(_describe_worker, job.weights)
    except ImportError as error:
        raise InputError(
            f"A worker cannot load napari-samwise ({error}); install version {job.version} on all "
            "of them."
        ) from error
    for worker, (version, identity) in found.items():
        if version != job.version:
            raise InputError(
                f"The worker {worker} has napari-samwise {version}, this process {job.version}; "
                "install the same version on all of them."
            )
        if identity != job.identity:
            raise InputError(
                f"The worker {worker} has other weights of '{job.weights}' than this process; "
                "give all of them the same."
            )


def _describe_worker(weights: str | None) -> tuple[str, str]:
    return own_version(), "" if weights is None else identify_model(weights)


@dataclass(frozen=True, slots=True)
class _Task:
    """One thing for a worker to do: an image, a share of one, or its end."""

    item: WorkItem
    work: Callable[..., Any]
    share: range | None = None
    tries: int = 1


class _Flight:
    """The images that are on the cluster."""

    def __init__(self, client: Client, job: Job, tell: Tell) -> None:
        self._client = client
        self._job = job
        self._tell = tell
        self._count = itertools.count()
        self._run = uuid.uuid4().hex[:8]
        self._flying: dict[Any, _Task] = {}
        # What large images still need comes before new images: so few of them are open at once.
        self._first: deque[_Task] = deque()
        self._missing: dict[str, int] = {}

    def run(self, items: Sequence[WorkItem]) -> None:
        from distributed import as_completed

        waiting = (_Task(item, begin) for item in items)
        completed = as_completed()
        self._fill(waiting, completed)
        for future in completed:
            self._land(future, self._flying.pop(future))
            self._fill(waiting, completed)

    def _fill(self, waiting: Iterator[_Task], completed: Any) -> None:
        """Submit tasks until every worker has enough to do; workers come and go."""
        threads = sum(self._client.nthreads().values())
        while len(self._flying) < max(1, _QUEUED_PER_THREAD * threads):
            task = self._first.popleft() if self._first else next(waiting, None)
            if task is None:
                return
            key = f"samwise-{self._run}-{next(self._count)}-{task.item.name}"
            given = (
                (self._job, task.item) if task.share is None else (self._job, task.item, task.share)
            )
            future = self._client.submit(task.work, *given, key=key, pure=False)
            self._flying[future] = task
            completed.add(future)

    def _land(self, future: Any, task: _Task) -> None:
        from distributed import KilledWorker

        if future.status == "finished":
            self._go_on(task, future.result())
            return
        if future.status != "error":
            raise SamwiseError(
                "The scheduler was lost; what is done stays done: run the same again to go on."
            )
        error = future.exception()
        if not isinstance(error, KilledWorker):
            raise error
        if task.tries < _TRIES:
            self._first.append(replace(task, tries=task.tries + 1))
        else:
            item = task.item
            self._go_on(task, Outcome("failed", item.name, str(item.path), reason=_KILLED))

    def _go_on(self, task: _Task, result: Outcome | Shared | None) -> None:
        """Tell what became of an image, or see to what it still needs."""
        name = task.item.name
        if isinstance(result, Shared):
            shares = [_Task(task.item, do_share, share) for share in result.shares()]
            self._missing[name] = len(shares)
            self._first.extend(shares)
        elif task.share is None:
            if isinstance(result, Outcome):
                self._tell(result)
        elif name in self._missing:
            self._missing[name] -= 1
            if isinstance(result, Outcome):
                # One share cannot be done: neither can the image, and the others need not be.
                del self._missing[name]
                self._first = deque(each for each in self._first if each.item.name != name)
                self._tell(result)
            elif self._missing[name] == 0:
                del self._missing[name]
                self._first.append(_Task(task.item, process))
