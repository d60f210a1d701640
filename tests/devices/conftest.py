"""A device that is elsewhere, as a GPU is, and computes what a CPU computes.

On a GPU code fails where tensors of two devices meet, where NumPy is handed a tensor that is not in
memory, and on Apple's also where one is float64 or an operation is missing. None of it shows on a
CPU. A far tensor holds a near one, says that it lies on another device, and refuses all of that.

The device is called "meta", because of all that torch knows it is the one that needs no hardware
and lets gradients through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

FAR = torch.device("meta")

_aten = torch.ops.aten
_COPIES = {_aten.copy_.default, _aten._to_copy.default}
_INDEXES = {
    _aten.index.Tensor,
    _aten.index_put.default,
    _aten.index_put_.default,
    _aten._index_put_impl_.default,
}
_BORDER = 1
"""``padding_mode`` of ``grid_sampler_2d``."""


class FarTensor(Tensor):
    """A tensor that says it is elsewhere.

    Parameters
    ----------
    near : Tensor
        What it holds.
    """

    near: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, near: Tensor) -> FarTensor:
        if near.dtype is torch.float64:
            raise TypeError("this device has no float64")
        far: FarTensor = Tensor._make_wrapper_subclass(
            cls,
            near.shape,
            strides=near.stride(),
            storage_offset=near.storage_offset(),
            dtype=near.dtype,
            device=FAR,
            requires_grad=near.requires_grad,
        )
        far.near = near
        return far

    def __repr__(self, *, tensor_contents: object = None) -> str:
        return f"FarTensor({self.near})"

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError("a tensor of this device is no array")

    def __array__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError("a tensor of this device is no array")

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return compute(func, args, kwargs or {})


def compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Do on near tensors what was asked of far ones, if their device could do it."""
    tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    far = [each for each in tensors if isinstance(each, FarTensor)]
    compared = [args[0], *args[2:3]] if func in _INDEXES else tensors
    near = [each for each in compared if type(each) is not FarTensor and each.dim()]
    if far and near and func not in _COPIES:
        raise RuntimeError(f"{func} was given tensors of two devices")
    if far:
        _refuse_what_is_missing(func, args)
    if func is _aten._fused_sdp_choice.default:
        return 0
    target = kwargs.get("device")
    if target is not None:
        kwargs = kwargs | {"device": torch.device("cpu")}
    args, kwargs = tree_map_only(FarTensor, lambda each: each.near, (args, kwargs))
    found = func(*args, **kwargs)
    if func is _aten.copy_.default:
        return tensors[0]
    if not (far if target is None else torch.device(target).type == FAR.type):
        return found
    known = {id(each.near): each for each in far}

    def send(each: Tensor) -> Tensor:
        same = known.get(id(each))
        return FarTensor(each) if same is None else same

    return tree_map_only(Tensor, send, found)


def _refuse_what_is_missing(func: Any, args: Any) -> None:
    """What Apple's GPUs lack in one of the versions of torch from 2.4 on."""
    is_border = func is _aten.grid_sampler_2d.default and args[3] == _BORDER
    if is_border or func is _aten._upsample_bilinear2d_aa.default:
        raise NotImplementedError(f"{func} is missing on some devices")


class _Made(TorchDispatchMode):
    """Sends what C++ code makes on the device, such as scalars."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return compute(func, args, kwargs or {})


class _Moved(TorchFunctionMode):
    """Sends what Python code moves there, with gradients that come back."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        first = args[0] if args else None
        if isinstance(first, FarTensor):
            if name == "tolist":
                return first.near.tolist()
            if name in {"__getitem__", "__setitem__"}:
                # C++ code would send a list to the device that has no memory.
                index = tree_map_only(list, torch.tensor, args[1], is_leaf=_is_list)
                return func(first, index, *args[2:])
        if name in {"_parse_to", "device"} or not any(map(_is_far, [*args, *kwargs.values()])):
            return func(*args, **kwargs)
        if isinstance(first, FarTensor):
            dtypes = [each for each in [*args, *kwargs.values()] if isinstance(each, torch.dtype)]
            return first.to(*dtypes) if dtypes else first
        args, kwargs = tree_map_only(_is_far, lambda _: torch.device("cpu"), (args, kwargs))
        return _Send.apply(func(*args, **kwargs))


class _Send(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, near: Tensor) -> Tensor:
        return FarTensor(near.detach().clone())

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.near


def _is_far(value: Any) -> bool:
    if isinstance(value, torch.device):
        return bool(value == FAR)
    return value == FAR.type if isinstance(value, str) else False


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """The far device, to which anything may be moved during the test."""
    # A far tensor counts no versions, and in inference mode nothing else could.
    monkeypatch.setattr(torch, "inference_mode", torch.no_grad)
    settings = torch.__future__
    before = settings.get_overwrite_module_params_on_conversion()
    # Else a module would keep its tensors and only what they hold were replaced.
    settings.set_overwrite_module_params_on_conversion(True)
    try:
        with _Made(), _Moved():
            yield FAR
    finally:
        settings.set_overwrite_module_params_on_conversion(before)
