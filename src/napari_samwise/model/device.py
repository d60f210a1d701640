"""Where a network runs, and in which precision."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from napari_samwise.errors import InputError

_PRECISIONS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}

# What has bfloat16 arithmetic: NVIDIA's GPUs since Ampere, and x86 with one of these extensions.
_BFLOAT16_CAPABILITY = (8, 0)
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


def available_devices() -> tuple[str, ...]:
    """Return the kinds of devices of this machine, the fastest first."""
    kinds = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    return tuple(kind for kind, there in kinds.items() if there)


def choose_device(name: str = "auto") -> torch.device:
    """Choose the device of a network.

    Parameters
    ----------
    name : str
        ``"auto"`` for the fastest of this machine, or ``"cpu"``, ``"cuda"``, ``"cuda:1"``,
        ``"mps"``.

    Returns
    -------
    torch.device

    Raises
    ------
    InputError
        If there is no such device.
    """
    available = available_devices()
    if name == "auto":
        return torch.device(available[0])
    kind, _, index = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    known = not index or (index.isdecimal() and int(index) < count)
    if kind not in available or not known:
        raise InputError(
            f"The device must be one that this machine has, auto or {', '.join(available)}, "
            f"got {name!r}."
        )
    return torch.device(name)


def choose_precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """Choose the precision in which a network encodes.

    Parameters
    ----------
    device : torch.device
        Where it runs.
    name : str
        ``"float32"``, ``"bfloat16"``, ``"float16"``, or ``"auto"``: bfloat16 where the hardware
        computes in it (elsewhere it is emulated, and slower than float32), else float32.

    Returns
    -------
    torch.dtype

    Raises
    ------
    InputError
        If there is no such precision.
    """
    if name == "auto":
        return torch.bfloat16 if _has_native_bfloat16(device) else torch.float32
    if name not in _PRECISIONS:
        raise InputError(
            f"The precision must be one of auto, {', '.join(_PRECISIONS)}, got {name!r}."
        )
    return _PRECISIONS[name]


def computing_in(device: torch.device, precision: torch.dtype) -> AbstractContextManager[object]:
    """Return the context in which layers compute in a precision.

    Of float32 nothing is asked: torch before 2.5 refuses even to switch autocast off for Apple's
    GPUs.

    Parameters
    ----------
    device : torch.device
        Where they run.
    precision : torch.dtype
        From ``choose_precision``.
    """
    return nullcontext() if precision is torch.float32 else torch.autocast(device.type, precision)


def _has_native_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies matrices in bfloat16 itself."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= _BFLOAT16_CAPABILITY
    return device.type == "cpu" and not _BFLOAT16_FLAGS.isdisjoint(_cpu_flags())


def _cpu_flags() -> frozenset[str]:
    """Return the names of the CPU's instruction sets, as far as they can be known."""
    # Public in newer versions of torch only; before it, Linux tells, and elsewhere float32 is
    # always right.
    get_capabilities = getattr(torch.cpu, "get_capabilities", None)
    if get_capabilities is not None:
        return frozenset(flag for flag, there in get_capabilities().items() if there is True)
    cpuinfo = Path("/proc/cpuinfo")
    return frozenset(cpuinfo.read_text().split()) if cpuinfo.exists() else frozenset()
