"""Fields over scenes and what instruments do to them: noise, distances, exposure."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    centroids,
    edges,
    fractal_noise,
    inner_distance,
    outer_distance,
    smooth_noise,
    warp,
)
from napari_samwise.learn.scenes.optics import expose
from napari_samwise.learn.scenes.textures import shadowed, surfaces

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def _two_squares() -> torch.Tensor:
    labels = torch.zeros((20, 30), dtype=torch.int32)
    labels[5:15, 5:15] = 1
    labels[5:15, 15:25] = 2
    return labels


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("make", [smooth_noise, fractal_noise])
def test_noise_is_standardised(make, device: str) -> None:
    noise = make(Draw(0, device), 128, 2.5)
    assert noise.shape == (128, 128)
    assert abs(float(noise.mean())) < 1e-4
    assert float(noise.std()) == pytest.approx(1, abs=1e-3)


def test_noise_is_smooth_over_its_scale() -> None:
    noise = smooth_noise(Draw(0), 128, 20)
    assert float((noise[1:] - noise[:-1]).abs().max()) < 0.5


def test_the_power_of_fractal_noise_falls_by_its_slope() -> None:
    ratios = []
    for slope in (1.0, 3.0):
        power = torch.fft.rfft2(fractal_noise(Draw(1), 256, slope)).abs().square()
        ratios.append(float(power[0, 4:8].mean() / power[0, 40:80].mean()))
    assert ratios[1] > 10 * ratios[0]


def test_blur_keeps_what_is_even_and_has_its_width() -> None:
    assert torch.allclose(blur(torch.full((3, 40, 50), 0.7), 3.0), torch.tensor(0.7), atol=1e-5)
    point = torch.zeros(41, 41)
    point[20, 20] = 1
    spread = blur(point, (2.0, 0.0))
    rows = torch.arange(41.0) - 20
    assert float((spread[:, 20] * rows.square()).sum()) == pytest.approx(4, rel=0.02)
    assert (spread[:, 21] == 0).all()


def test_inner_distance_is_one_along_borders() -> None:
    depth = inner_distance(_two_squares())
    assert (depth[_two_squares() == 0] == 0).all()
    assert depth[10, 14] == depth[10, 15] == depth[5, 9] == 1
    assert depth[10, 10] == 5
    assert (inner_distance(torch.ones(8, 8)) > 5).all()


def test_outer_distance_is_zero_in_objects() -> None:
    distance = outer_distance(_two_squares())
    assert (distance[5:15, 5:25] == 0).all()
    assert distance[10, 2] == 3
    assert (outer_distance(torch.zeros(8, 8)) >= 8).all()


def test_edges_lie_on_both_sides() -> None:
    found = edges(_two_squares())
    assert found[10, 14:16].all()
    assert found[10, 4:6].all()
    assert not found[10, 10]


def test_centroids_are_the_middles() -> None:
    middle = centroids(F.pad(_two_squares(), (0, 0, 0, 10)), 3)
    assert middle[:2].tolist() == [[9.5, 9.5], [9.5, 19.5]]
    assert (middle[2] < -1000).all()


def test_warp_moves_floats_linearly_and_labels_whole() -> None:
    ramp = torch.arange(30.0).expand(2, 20, 30)
    still, half = torch.zeros(20, 30), torch.full((20, 30), 0.5)
    moved = warp(ramp, still, half)
    assert torch.allclose(moved[..., :29], ramp[..., :29] + 0.5)
    assert (moved[..., 29] == 29).all()
    shifted = warp(_two_squares(), still + 1.2, still)
    assert torch.equal(shifted[:-1], _two_squares()[1:])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("device", DEVICES)
def test_grey_pictures_keep_three_equal_channels(seed: int, device: str) -> None:
    clean = torch.zeros((3, 64, 64), device=device)
    clean[:, 20:40, 20:40] = 0.6
    image = expose(Draw(seed, device), clean)
    assert image.shape == (64, 64, 3)
    assert image.dtype == np.uint8
    assert (image == image[..., :1]).all()
    inside, outside = image[25:35, 25:35].mean(), image[:10, :10].mean()
    assert abs(inside - outside) > 30


def test_colour_survives_exposure() -> None:
    clean = torch.zeros((3, 64, 64))
    clean[0, :, :32], clean[2, :, 32:] = 0.8, 0.8
    image = expose(Draw(1), clean).astype(float)
    left, right = image[:, 4:24].mean((0, 1)), image[:, 40:60].mean((0, 1))
    assert abs(left - right)[0] > 60
    assert abs(left - right)[2] > 60


def test_objects_show_different_cuts_of_a_texture() -> None:
    layer = torch.ones((64, 64), dtype=torch.int32)
    layer[:, 32:] = 2
    rough = surfaces(Draw(0), layer, 2, kinds=1)
    assert rough.shape == (64, 64)
    assert not torch.allclose(rough[:, :32], rough[:, 32:])


def test_shadows_fall_on_the_ground_and_not_on_their_object() -> None:
    layer = torch.zeros((60, 60), dtype=torch.int32)
    layer[20:40, 20:40] = 1
    lit = shadowed(Draw(2), torch.ones(3, 60, 60), layer, 6)
    assert float(lit[:, layer == 0].min()) < 0.9
    assert float(lit[:, 28:32, 28:32].min()) > 0.99
