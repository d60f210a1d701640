from __future__ import annotations

import re
import subprocess
import sys

import pytest

from napari_samwise.errors import ModelNameError
from napari_samwise.weights.registry import CHECKPOINTS, find_checkpoint

HASHES = {"sha256": 64, "xxh128": 32}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_every_entry_is_complete(name):
    entry = find_checkpoint(name)
    assert entry.name == name
    assert entry.architecture in {"nano", "vit_t", "vit_b", "vit_l", "vit_h"}
    assert entry.licence
    assert entry.citation
    assert entry.description
    assert entry.size is None or entry.size > 0
    assert "/" not in entry.file_name


@pytest.mark.parametrize("name", [name for name in CHECKPOINTS if name != "nano"])
def test_what_is_downloaded_has_an_address_and_a_hash_that_pooch_understands(name):
    entry = CHECKPOINTS[name]
    assert entry.url.startswith("https://")
    algorithm, digits = entry.hash.split(":")
    assert re.fullmatch(f"[0-9a-f]{{{HASHES[algorithm]}}}", digits)
    assert not entry.is_built_in


def test_no_two_checkpoints_share_a_file_an_address_or_a_hash():
    for field in ("file_name", "url", "hash"):
        values = [getattr(entry, field) for entry in CHECKPOINTS.values()]
        assert len(set(values)) == len(values), field


def test_the_families_of_the_published_models_are_there():
    assert {"nano", "vit_t", "vit_b", "vit_l", "vit_h"} <= set(CHECKPOINTS)
    for domain in ("lm", "em_organelles", "histopathology", "medical_imaging"):
        assert any(name.endswith(domain) for name in CHECKPOINTS), domain


def test_nano_is_the_only_one_built_in():
    assert [entry.name for entry in CHECKPOINTS.values() if entry.is_built_in] == ["nano"]


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        CHECKPOINTS["mine"] = CHECKPOINTS["nano"]


@pytest.mark.parametrize(
    ("typed", "meant"), [("vitb", "vit_b"), ("VIT_H", "vit_h"), ("vit_b_ml", "vit_b_lm")]
)
def test_a_misspelt_name_is_answered_with_close_ones(typed, meant):
    with pytest.raises(ModelNameError) as caught:
        find_checkpoint(typed)
    message = str(caught.value)
    assert repr(typed) in message
    assert re.search(rf"\b{meant}\b", message)
    assert "napari-samwise models" in message


def test_a_name_like_no_other_still_says_where_the_names_are():
    with pytest.raises(ModelNameError, match="give a name that `napari-samwise models` lists"):
        find_checkpoint("qqqq")


def test_reading_the_table_loads_no_torch():
    code = "import sys, napari_samwise.weights.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
