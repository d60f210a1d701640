"""What the panel says to do next."""

from __future__ import annotations

import pytest

from napari_samwise.plugin.guide import next_step, suggest_adapting
from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.status import Mode


@pytest.fixture
def plugin(viewer, start, squares):
    viewer.add_image(squares, name="cells")
    return start()


def test_every_mode_says_how_to_begin(plugin) -> None:
    said = {}
    for mode in (Mode.INCLUDE, Mode.EXCLUDE, Mode.BOX, Mode.LASSO):
        plugin.controller.enter_mode(mode)
        said[mode] = plugin.status.sentence
    assert said[Mode.INCLUDE].startswith("Click on an object")
    assert "press T" in said[Mode.EXCLUDE]
    assert said[Mode.BOX].startswith("Drag a box")
    assert said[Mode.LASSO].startswith("Draw around")


def test_a_mode_is_not_hidden_by_what_was_said_before(plugin) -> None:
    plugin["prompts"].add((12, 15))
    plugin.controller.commit()
    assert plugin.status.sentence.startswith("Object 1")
    plugin.controller.enter_mode(Mode.BOX)
    assert plugin.status.sentence.startswith("Drag a box")


def test_a_box_is_not_corrected_by_clicks_in_its_own_mode(plugin, rectangle) -> None:
    plugin.controller.enter_mode(Mode.BOX)
    plugin["boxes"].add_rectangles(rectangle(26, 38, 42, 58))
    assert "+ include" in plugin.status.sentence
    plugin.controller.enter_mode(Mode.INCLUDE)
    assert "a further click corrects it" in plugin.status.sentence


def test_with_a_layer_of_the_users_it_says_why_clicks_do_nothing(plugin) -> None:
    plugin["prompts"].add((12, 15))
    plugin.controller.commit()
    plugin.viewer.layers.selection.active = plugin["cells"]
    assert "Samwise's layers only" in plugin.status.sentence
    plugin.viewer.layers.selection.active = plugin["objects"]
    assert plugin.status.sentence.startswith("Paint")


def test_what_went_wrong_stays_when_another_layer_is_selected(plugin) -> None:
    plugin.controller.commit()
    assert plugin.status.is_error
    plugin.viewer.layers.selection.active = plugin["cells"]
    assert plugin.status.sentence.startswith("Nothing to commit yet")


def test_tools_of_napari_are_followed(plugin) -> None:
    plugin["prompts"].mode = "select"
    assert plugin.status.mode is Mode.OTHER
    assert plugin.status.sentence == "Press + include to go on clicking."
    plugin["prompts"].mode = "add"
    assert plugin.status.mode is Mode.INCLUDE


def test_no_tool_is_followed_after_the_end(plugin) -> None:
    plugin.controller.close()
    listeners = [str(callback) for callback in plugin["prompts"].events.mode.callbacks]
    assert not any("Board" in listener for listener in listeners)


@pytest.mark.parametrize("has_mask", [False, True])
@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("mode", list(Mode))
def test_there_is_something_to_say_in_every_case(mode, role, has_mask) -> None:
    sentence = next_step(mode, role, has_mask=has_mask)
    # Two lines where the panel is narrow.
    assert 20 < len(sentence) <= 90
    assert sentence.endswith(".")


def kept(count: int, clicks: int, model: str = "nano") -> list[SegmentedObject]:
    return [SegmentedObject(label, 50, 0.8, model, clicks) for label in range(1, count + 1)]


def test_a_dozen_objects_that_took_many_prompts_suggest_adapting() -> None:
    said = suggest_adapting(kept(12, 3))
    assert said == "They took 3.0 prompts each: Objects, Adapt lets the model learn from them."
    assert suggest_adapting(kept(12, 3, "vit_b")) == said
    mixed = [*kept(6, 3), *kept(12, 3, "vit_b")[6:]]
    painted = SegmentedObject(20, 50, float("nan"), "painted")
    assert suggest_adapting([*kept(12, 3), painted]) == said
    for none in (kept(11, 3), kept(13, 3), kept(12, 1), mixed, [painted]):
        assert suggest_adapting(none) == ""


def test_it_is_suggested_where_the_dozenth_is_kept(plugin, squares) -> None:
    for index in range(11):
        plugin.session.objects[index + 1] = SegmentedObject(index + 1, 50, 0.8, "nano", 3)
    plugin["prompts"].add((12, 15))
    plugin["prompts"].add((13, 16))
    plugin.controller.commit()
    assert plugin.status.sentence.startswith("Object 12: ")
    assert plugin.status.sentence.endswith("Objects, Adapt lets the model learn from them.")
