import pytest
import torch

from napari_samwise.errors import InputError
from napari_samwise.model import device as module
from napari_samwise.model.device import choose_device, choose_precision

CPU = torch.device("cpu")


def test_the_fastest_device_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, expected in ((("cuda", "mps", "cpu"), "cuda"), (("cpu",), "cpu")):
        monkeypatch.setattr(module, "available_devices", lambda there=there: there)
        assert choose_device("auto").type == expected


def test_a_named_device_is_that_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_device("cpu") == CPU
    monkeypatch.setattr(module, "available_devices", lambda: ("cuda", "cpu"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)


@pytest.mark.parametrize("name", ["gpu", "", "cuda", "cuda:2", "cpu:x", "mps"])
def test_a_device_that_is_not_there_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = ("cuda", "cpu") if ":" in name else ("cpu",)
    monkeypatch.setattr(module, "available_devices", lambda: there)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(InputError, match=f"got '{name}'"):
        choose_device(name)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"avx2", "avx512_bf16"}, torch.bfloat16),
        ({"amx_bf16"}, torch.bfloat16),
        ({"avx2", "avx512f"}, torch.float32),
        (set(), torch.float32),
    ],
)
def test_bfloat16_is_for_processors_that_compute_in_it(
    flags: set[str], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_cpu_flags", lambda: frozenset(flags))
    assert choose_precision(CPU) == expected
    assert choose_precision(torch.device("mps")) == torch.float32


@pytest.mark.parametrize(
    ("capability", "expected"), [((7, 5), torch.float32), ((9, 0), torch.bfloat16)]
)
def test_bfloat16_is_for_gpus_that_compute_in_it(
    capability: tuple[int, int], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: capability)
    assert choose_precision(torch.device("cuda", 0)) == expected


def test_a_named_precision_is_that_precision() -> None:
    assert choose_precision(CPU, "float32") == torch.float32
    assert choose_precision(CPU, "float16") == torch.float16
    with pytest.raises(InputError, match="got 'double'"):
        choose_precision(CPU, "double")


def test_flags_of_this_processor_are_readable_in_both_ways(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newer = module._cpu_flags()
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    older = module._cpu_flags()
    for flag in module._BFLOAT16_FLAGS if older and newer else ():
        assert (flag in newer) == (flag in older)
