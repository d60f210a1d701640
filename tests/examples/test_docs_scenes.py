"""The page about synthetic scenes agrees with the catalogue."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from napari_samwise.learn.scenes import SCENE_KINDS, make_scene

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "concepts/scenes.md").read_text(encoding="utf-8")
WORDS_OF = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.M))
ANY_BODY = {"lesion", "tumor", "nodule", "body"}
"""Words that the page tells of all bodies at once, or that stand for the rest of one."""


def test_the_page_names_every_kind_once_and_no_other() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, re.M)) == sorted(SCENE_KINDS)


def test_the_page_tells_files_numbers_and_shares_of_the_families() -> None:
    listed = re.findall(r"^\| .+ \(`(\w+)\.py`\) \| (\d+) \| ([\d.]+) % \|$", PAGE, re.M)
    told = set()
    for file, count, share in listed:
        kinds = import_module(f"napari_samwise.learn.scenes.{file}").KINDS
        assert len(kinds) == int(count), file
        total = sum(SCENE_KINDS[kind][1] for kind in kinds)
        assert total == pytest.approx(float(share) / 100), file
        told.update(kinds)
    assert told == set(SCENE_KINDS)


@pytest.mark.parametrize("kind", sorted(SCENE_KINDS))
def test_the_page_has_the_words_of_a_scene(kind: str) -> None:
    same = re.search(r"those of `(\w+)`", WORDS_OF[kind])
    words = set(WORDS_OF[same[1] if same else kind].split(", "))
    assert set(make_scene(3, 96, kind).classes.values()) <= words | ANY_BODY


def test_every_contact_sheet_is_on_the_page() -> None:
    shown = set(re.findall(r"\.\./images/(scenes_\w+\.png)", PAGE))
    assert shown == {path.name for path in (DOCS / "images").glob("scenes_*.png")}
    assert len(shown) == 4
