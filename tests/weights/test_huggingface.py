from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_samwise.model.build import build_sam
from napari_samwise.prompts import Prompts
from napari_samwise.weights.architecture import recognise
from napari_samwise.weights.huggingface import from_hugging_face, is_hugging_face
from napari_samwise.weights.load import load_model
from napari_samwise.weights.names import published_names

transformers = pytest.importorskip("transformers")

SIDE = 64
CHANNELS = 32


@pytest.fixture(scope="module")
def reference():
    config = transformers.SamConfig(
        vision_config=transformers.SamVisionConfig(
            hidden_size=24,
            output_channels=CHANNELS,
            num_hidden_layers=3,
            num_attention_heads=2,
            image_size=SIDE,
            patch_size=8,
            window_size=3,
            global_attn_indexes=[1],
            mlp_dim=48,
            num_pos_feats=CHANNELS // 2,
        ).to_dict(),
        prompt_encoder_config=transformers.SamPromptEncoderConfig(
            hidden_size=CHANNELS, image_size=SIDE, patch_size=8, mask_input_channels=8
        ).to_dict(),
        mask_decoder_config=transformers.SamMaskDecoderConfig(
            hidden_size=CHANNELS, mlp_dim=40, iou_head_hidden_dim=20, iou_head_depth=4
        ).to_dict(),
    )
    model = transformers.SamModel(config).eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            # As made, embeddings and biases are almost zero, and half of the network is idle.
            parameter.normal_(std=0.4, generator=generator)
    return model


@pytest.fixture(params=["model.safetensors", "torch.save"])
def path(request, reference, tmp_path):
    if request.param == "model.safetensors":
        reference.save_pretrained(tmp_path)
        return tmp_path / request.param
    torch.save(reference.state_dict(), tmp_path / "pytorch_model.bin")
    return tmp_path / "pytorch_model.bin"


PROMPTS = {
    "point": {"points": [(20.0, 30.0)], "labels": [1]},
    "points": {"points": [(20.0, 30.0), (50.0, 11.0)], "labels": [1, 0]},
    "box": {"box": (8.0, 10.0, 40.0, 50.0)},
    "mask": {"points": [(20.0, 30.0)], "labels": [1], "mask": True},
}


@torch.inference_mode()
def run_reference(model, pixels, prompt, mask, multimask):
    inputs = {}
    if "points" in prompt:
        points_xy = np.array(prompt["points"], dtype=np.float32)[:, ::-1].copy()
        inputs["input_points"] = torch.from_numpy(points_xy)[None, None]
        inputs["input_labels"] = torch.tensor(prompt["labels"])[None, None]
    if "box" in prompt:
        y0, x0, y1, x1 = prompt["box"]
        inputs["input_boxes"] = torch.tensor([[[x0, y0, x1, y1]]])
    if mask is not None:
        inputs["input_masks"] = torch.from_numpy(mask)[None, None]
    out = model(pixel_values=pixels, multimask_output=multimask, **inputs)
    return out.pred_masks[0, 0], out.iou_scores[0, 0]


@pytest.mark.parametrize("multimask", [True, False])
@pytest.mark.parametrize("kind", PROMPTS)
def test_the_same_masks_as_the_class_of_transformers(reference, path, kind, multimask):
    model = load_model(path, device="cpu", precision="float32")
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    prompt = dict(PROMPTS[kind])
    mask = None
    if prompt.pop("mask", False):
        mask = rng.normal(size=(SIDE // 2, SIDE // 2)).astype(np.float32)

    expected, expected_iou = run_reference(
        reference, model.preprocess(image), prompt, mask, multimask
    )
    with torch.inference_mode():
        found = model.decode(
            model.encode(image), (SIDE, SIDE), Prompts(**prompt, mask=mask), multimask=multimask
        )

    order = expected_iou.argsort(descending=True)
    torch.testing.assert_close(found.predicted_iou, expected_iou[order], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.low_res_logits, expected[order], atol=1e-4, rtol=1e-4)
    assert expected.std() > 1e-2


def test_every_name_becomes_a_published_one(reference):
    given = reference.state_dict()
    weights = published_names(given)
    assert weights.tensors.keys() == build_sam(recognise(weights)).state_dict().keys()
    assert recognise(weights).decoder.norm_eps == 1e-6
    # Both names of the one matrix become the same one.
    assert len(weights.tensors) == len(given) - 1
    assert is_hugging_face(given)
    assert not is_hugging_face(weights.tensors)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_layers_of_a_head_are_counted_from_its_first_to_its_last(depth):
    head = "mask_decoder.iou_prediction_head"
    middle = [f"{head}.layers.{index}.weight" for index in range(depth - 2)]
    names = [f"{head}.proj_in.weight", *middle, f"{head}.proj_out.weight"]
    given = {name: torch.tensor(place) for place, name in enumerate(names)}
    renamed = from_hugging_face(given)
    assert {name: int(place) for name, place in renamed.items()} == {
        f"{head}.layers.{index}.weight": index for index in range(depth)
    }
