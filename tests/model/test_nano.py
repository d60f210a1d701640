"""nano with random weights: what must hold whatever it has learnt."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from napari_samwise.errors import CheckpointError, PromptError
from napari_samwise.model.base import Decoded
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.prompts import Prompts

SMALL = NanoConfig(
    widths=(8, 8, 8, 8, 8), depths=(1, 2, 1, 1, 1), embed_dim=24, detail_dim=12, fine_dim=4
)
SIZES = [
    (16, 16),
    (17, 33),
    (57, 61),
    (100, 100),
    (300, 200),
    (512, 512),
    (700, 2100),
    (2500, 900),
]


PROMPTS = {
    "click": Prompts(points=[(150, 100)]),
    "corner": Prompts(points=[(0, 199)]),
    "three": Prompts(points=[(150, 100), (170, 90), (10, 10)], labels=[1, 1, 0]),
    "box": Prompts(box=(100, 40, 180, 120)),
    "both": Prompts(points=[(140, 80), (175, 45)], labels=[1, 0], box=(100, 40, 180, 120)),
    "whole": Prompts(box=(-0.5, -0.5, 299.5, 199.5)),
}
every_prompt = pytest.mark.parametrize("prompts", PROMPTS.values(), ids=PROMPTS)


def _picture(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Smooth blots, so that features differ from place to place."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 9, 9, generator=generator)
    smooth = F.interpolate(coarse, size=size, mode="bicubic")[0].clamp(0, 1)
    return (smooth * 255).byte().permute(1, 2, 0).numpy()


@torch.inference_mode()
def _encode(nano: Nano, image: np.ndarray) -> dict[str, Tensor]:
    return nano.encode(image)


@torch.inference_mode()
def _decode(
    nano: Nano,
    features: dict[str, Tensor],
    size: tuple[int, int],
    prompts: Prompts,
    *,
    multimask: bool = True,
    keep: int | None = None,
) -> Decoded:
    return nano.decode(features, size, prompts, multimask=multimask, keep=keep)


@pytest.fixture(scope="module")
def nano() -> Nano:
    """Random, but so that about half of a window is inside each mask."""
    torch.manual_seed(3)
    model = Nano(SMALL).eval()
    seen: list[Tensor] = []
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 1.5)
        hook = model.decoder.register_forward_hook(lambda _m, _i, found: seen.append(found[0]))
        _decode(model, _encode(model, _picture((300, 200))), (300, 200), PROMPTS["box"])
        hook.remove()
        for hyper, logits in zip(model.decoder.hyper, seen[0][0], strict=True):
            hyper[-1].bias[-1] -= logits.median()
    return model


@pytest.fixture(scope="module")
def features(nano: Nano) -> dict[str, Tensor]:
    return _encode(nano, _picture((300, 200)))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_size_encodes_and_decodes(nano: Nano, size: tuple[int, int]) -> None:
    features = _encode(nano, _picture(size))
    pyramid = Pyramid(size)
    assert len(features) % pyramid.count == 0
    assert all(torch.isfinite(feature).all() for feature in features.values())
    box = (size[0] / 4, size[1] / 4, size[0] / 2, size[1] / 2)
    for prompts in (Prompts(points=[(size[0] // 3, size[1] - 1)]), Prompts(box=box)):
        decoded = _decode(nano, features, size, prompts)
        assert decoded.masks.shape == (3, *size)
        assert decoded.masks.dtype is torch.bool
        assert decoded.low_res_logits.shape == (3, *pyramid.logits_size)
        assert torch.isfinite(decoded.low_res_logits).all()


@every_prompt
def test_candidates_come_best_first(
    nano: Nano, features: dict[str, Tensor], prompts: Prompts
) -> None:
    decoded = _decode(nano, features, (300, 200), prompts)
    scores = decoded.predicted_iou
    assert scores.shape == (3,)
    assert scores.dtype is decoded.low_res_logits.dtype is torch.float32
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (scores.diff() <= 0).all()


@every_prompt
def test_keeping_one_keeps_the_first(
    nano: Nano, features: dict[str, Tensor], prompts: Prompts
) -> None:
    every = _decode(nano, features, (300, 200), prompts)
    one = _decode(nano, features, (300, 200), prompts, keep=1)
    assert torch.equal(one.masks, every.masks[:1])
    assert torch.equal(one.low_res_logits, every.low_res_logits[:1])
    assert torch.equal(one.predicted_iou, every.predicted_iou[:1])


@every_prompt
def test_the_single_mask_is_one(nano: Nano, features: dict[str, Tensor], prompts: Prompts) -> None:
    decoded = _decode(nano, features, (300, 200), prompts, multimask=False)
    assert decoded.masks.shape == (1, 300, 200)


@every_prompt
def test_decoding_twice_gives_the_same_bits(
    nano: Nano, features: dict[str, Tensor], prompts: Prompts
) -> None:
    first, second = (_decode(nano, features, (300, 200), prompts) for _ in range(2))
    assert torch.equal(first.masks, second.masks)
    assert torch.equal(first.low_res_logits, second.low_res_logits)
    assert torch.equal(first.predicted_iou, second.predicted_iou)


def test_the_order_of_points_does_not_matter(nano: Nano, features: dict[str, Tensor]) -> None:
    points, labels = (
        np.array([(150, 100), (170, 90), (140, 130), (160, 60)]),
        np.array([1, 1, 0, 1]),
    )
    forth = _decode(nano, features, (300, 200), Prompts(points=points, labels=labels))
    back = _decode(nano, features, (300, 200), Prompts(points=points[::-1], labels=labels[::-1]))
    torch.testing.assert_close(forth.low_res_logits, back.low_res_logits, atol=1e-4, rtol=0)
    torch.testing.assert_close(forth.predicted_iou, back.predicted_iou, atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [(300, 200), (512, 512), (401, 333)], ids=str)
def test_masks_agree_with_the_upscaled_logits(nano: Nano, size: tuple[int, int]) -> None:
    features = _encode(nano, _picture(size))
    decoded = _decode(nano, features, size, Prompts(points=[(size[0] // 2, size[1] // 2)]))
    height, width = Pyramid(size).finest_size
    fine = F.interpolate(decoded.low_res_logits[None], scale_factor=2.0, mode="bilinear")
    fine = F.interpolate(fine[..., :height, :width], size=size, mode="bilinear")[0]
    assert 0.001 < decoded.masks.float().mean() < 0.9
    assert ((fine > 0) == decoded.masks).float().mean() > 0.99


def test_a_shifted_picture_gives_shifted_masks(nano: Nano) -> None:
    # The box is decoded on level 0, whose coarsest cells are 32 pixels.
    size, step = (700, 700), 128
    ground = np.full((*size, 3), 90, np.uint8)
    here, there = ground.copy(), ground.copy()
    blot = _picture((60, 60), seed=4)
    here[250:310, 240:300] = blot
    there[250 + step : 310 + step, 240 + step : 300 + step] = blot
    click = np.array([280.0, 270.0])
    box = np.array([[250.0, 240.0], [309.0, 299.0]])
    for first, second in (
        (Prompts(box=box), Prompts(box=box + step)),
        (Prompts(points=[click], box=box), Prompts(points=[click + step], box=box + step)),
    ):
        a = _decode(nano, _encode(nano, here), size, first)
        b = _decode(nano, _encode(nano, there), size, second)
        torch.testing.assert_close(a.predicted_iou, b.predicted_iou, atol=1e-4, rtol=0)
        moved = torch.roll(a.masks, (step, step), (1, 2))
        assert (moved == b.masks).float().mean() > 0.9999
        assert 0 < int(a.masks[0].sum()) < 192**2


def test_a_large_box_is_decoded_from_the_coarse_features(nano: Nano) -> None:
    size = (500, 400)
    features = _encode(nano, _picture(size))
    prompts = Prompts(box=(40, 30, 300, 280))
    answer = _decode(nano, features, size, prompts)
    changed = {}
    for level in range(Pyramid(size).count):
        blanked = {name: feature * (_level_of(name) != level) for name, feature in features.items()}
        again = _decode(nano, blanked, size, prompts)
        changed[level] = not torch.equal(answer.low_res_logits, again.low_res_logits)
    assert changed == {0: False, 1: True, 2: False}


def _level_of(name: str) -> int:
    suffix = name.rpartition("_")[2]
    return int(suffix) if suffix.isdecimal() else 0


def test_a_mask_prompt_changes_the_answer(nano: Nano, features: dict[str, Tensor]) -> None:
    painted = np.zeros((300, 200), bool)
    painted[120:200, 70:130] = True
    click = Prompts(points=[(150, 100)])
    first = _decode(nano, features, (300, 200), click, keep=1)
    for mask in (painted, first.low_res_logits[0].numpy()):
        alone = _decode(nano, features, (300, 200), Prompts(mask=mask), keep=1)
        refined = _decode(nano, features, (300, 200), click.replace(mask=mask), keep=1)
        assert alone.masks.shape == refined.masks.shape == (1, 300, 200)
        assert not torch.equal(first.low_res_logits, refined.low_res_logits)


def test_logits_of_another_shape_are_refused(nano: Nano, features: dict[str, Tensor]) -> None:
    prompts = Prompts(points=[(9, 9)], mask=np.zeros((32, 32), np.float32))
    with pytest.raises(PromptError, match=r"\(32, 32\).*\(300, 200\)"):
        _decode(nano, features, (300, 200), prompts)


def test_text_is_refused(nano: Nano, features: dict[str, Tensor]) -> None:
    with pytest.raises(PromptError, match="text"):
        _decode(nano, features, (300, 200), Prompts(text="bright round nuclei"))


def test_reduced_precision_stays_close(features: dict[str, Tensor]) -> None:
    torch.manual_seed(3)
    reduced = Nano(SMALL).eval()
    exact = _encode(reduced, _picture((90, 90)))
    reduced.precision = torch.bfloat16
    coarse = _encode(reduced, _picture((90, 90)))
    assert {feature.dtype for feature in coarse.values()} == {torch.bfloat16}
    for name, feature in coarse.items():
        torch.testing.assert_close(feature.float(), exact[name], atol=0.1, rtol=0.1)
    decoded = _decode(reduced, coarse, (90, 90), PROMPTS["both"].replace(points=(), labels=None))
    assert decoded.low_res_logits.dtype is decoded.predicted_iou.dtype is torch.float32
    # Whatever features are kept in, they are decoded in float32.
    same = {name: feature.float() for name, feature in coarse.items()}
    again = _decode(reduced, same, (90, 90), PROMPTS["both"].replace(points=(), labels=None))
    assert torch.equal(again.low_res_logits, decoded.low_res_logits)


def test_sizes_are_read_off_the_weights() -> None:
    for config in (SMALL, NanoConfig()):
        with torch.device("meta"):
            weights = Nano(config).state_dict()
        assert NanoConfig.from_state_dict(weights) == config


def test_weights_that_are_not_of_nano_are_refused_by_name(nano: Nano) -> None:
    weights = dict(nano.state_dict())
    del weights["encoder.embed.weight"]
    with pytest.raises(CheckpointError, match=r"encoder\.embed\.weight is missing"):
        NanoConfig.from_state_dict(weights)
    weights["encoder.embed.weight"] = torch.zeros(24)
    with pytest.raises(CheckpointError, match=r"encoder\.embed\.weight is of shape \(24,\)"):
        NanoConfig.from_state_dict(weights)
    weights["encoder.embed.weight"] = torch.zeros(20, 20, 1, 1)
    with pytest.raises(CheckpointError, match="20 channels"):
        NanoConfig.from_state_dict(weights)
