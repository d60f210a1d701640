import gzip
import json
from pathlib import Path

import pytest
import torch

from napari_samwise.model.build import SAM_CONFIGS, build_sam
from napari_samwise.model.config import DecoderConfig, SamConfig, TinyViTConfig, ViTConfig
from napari_samwise.model.sam import Sam
from napari_samwise.prompts import Prompts

Shapes = dict[str, dict[str, list[int]]]

DECODER = DecoderConfig(num_heads=2, mlp_dim=16, iou_head_dim=8)
TINY_CONFIGS = [
    SamConfig("vit", ViTConfig(8, 2, 2, (1,), window_size=3), DECODER, 64, 16, 4),
    SamConfig("tiny", TinyViTConfig((8, 8, 8, 8), (1, 1, 1, 1), (1, 2, 2, 2)), DECODER, 64, 16, 4),
]


@pytest.fixture(scope="module")
def published() -> Shapes:
    path = Path(__file__).parents[1] / "data" / "sam_state_dicts.json.gz"
    shapes: Shapes = json.loads(gzip.decompress(path.read_bytes()))
    return shapes


@pytest.mark.parametrize("name", ["vit_t", "vit_b", "vit_l", "vit_h"])
def test_published_names_and_shapes_load_strictly(published: Shapes, name: str) -> None:
    weights = {key: torch.empty(size, device="meta") for key, size in published[name].items()}
    model = build_sam(SAM_CONFIGS[name], weights)
    loaded = {key: list(value.shape) for key, value in model.state_dict().items()}
    assert loaded == published[name]


def test_there_is_a_config_for_every_published_network(published: Shapes) -> None:
    assert set(SAM_CONFIGS) == set(published)
    assert all(name == config.name for name, config in SAM_CONFIGS.items())
    assert {config.embedding_size for config in SAM_CONFIGS.values()} == {64}


@pytest.mark.parametrize("config", TINY_CONFIGS, ids=lambda config: config.name)
def test_a_network_built_from_weights_computes_as_the_one_they_came_from(
    config: SamConfig,
) -> None:
    torch.manual_seed(0)
    first = build_sam(config)
    second = build_sam(config, first.state_dict())
    image = torch.randint(255, (40, 64, 3), dtype=torch.uint8).numpy()
    prompts = Prompts(points=[(10, 20)], box=(5, 5, 30, 50))
    results = []
    for model in (first, second):
        assert isinstance(model, Sam)
        assert not model.training
        with torch.inference_mode():
            features = model.encode(image)
            results.append(model.decode(features, (40, 64), prompts, multimask=True))
    torch.testing.assert_close(results[0].low_res_logits, results[1].low_res_logits)
    assert results[0].masks.equal(results[1].masks)


def test_half_precision_weights_are_widened() -> None:
    model = build_sam(TINY_CONFIGS[1]).half()
    widened = build_sam(TINY_CONFIGS[1], model.state_dict())
    assert {p.dtype for p in widened.parameters()} == {torch.float32}


def test_weights_of_another_network_are_refused() -> None:
    weights = build_sam(TINY_CONFIGS[0]).state_dict()
    weights.pop("prompt_encoder.no_mask_embed.weight")
    with pytest.raises(RuntimeError, match="no_mask_embed"):
        build_sam(TINY_CONFIGS[0], weights)
