from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin.hover import Hover
from napari_samwise.plugin.status import Mode


def test_opening_on_an_image_is_enough(viewer, start, squares) -> None:
    viewer.add_image(squares, name="cells")
    start()
    assert [layer.name for layer in viewer.layers] == [
        "cells",
        "objects",
        "preview",
        "boxes",
        "prompts",
    ]
    active = viewer.layers.selection.active
    assert active.name == "prompts"
    assert active.mode == "add"


def test_click_shows_a_mask_and_c_keeps_it(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)
    assert str(plugin.status.choice) == "1 of 3, predicted IoU 0.90"
    plugin.press("prompts", "C")
    np.testing.assert_array_equal(plugin.objects == 1, squares == 200)
    assert not plugin.preview.any()
    assert len(plugin["prompts"].data) == 0
    assert plugin.status.sentence == "Object 1: 144 px, predicted IoU 0.90."


def test_it_is_said_why_an_object_is_smaller_than_its_mask(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin.objects[8:20, 10:21] = 7
    plugin["prompts"].add((12, 15))
    plugin.press("prompts", "C")
    assert plugin.status.sentence.startswith("Object 1: 12 px")
    assert "taken by earlier ones" in plugin.status.sentence
    plugin["prompts"].add((30, 45))
    plugin.press("prompts", "C")
    assert plugin.status.sentence == "Object 2: 192 px, predicted IoU 0.90."


def test_a_box_shows_a_mask_whichever_way_it_was_drawn(viewer, start, squares, rectangle) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["boxes"].add_rectangles(rectangle(42, 58, 26, 38))
    np.testing.assert_array_equal(plugin.preview == 1, squares == 120)
    plugin.press("boxes", "C")
    np.testing.assert_array_equal(plugin.objects == 1, squares == 120)
    assert len(plugin["boxes"].data) == 0


def test_commits_count_up_and_fill_the_table(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    for point in ((12, 15), (30, 45)):
        plugin["prompts"].add(point)
        plugin.controller.commit()
    np.testing.assert_array_equal(plugin.objects, (squares == 200) + 2 * (squares == 120))
    table = plugin["objects"].features
    assert table["index"].tolist() == [0, 1, 2]
    assert table["area"].tolist() == [0, 144, 192]
    assert table["predicted_iou"].tolist()[1:] == [0.9, 0.9]
    assert table["model"].tolist() == ["", "nano", "nano"]


def test_on_a_stack_only_the_clicked_slice_is_encoded_and_changed(viewer, start, stack) -> None:
    viewer.add_image(stack, scale=(2, 1, 1))
    plugin = start()
    viewer.dims.set_point(0, 14)
    plugin["prompts"].add((7, 12, 15))
    assert np.unique(np.nonzero(plugin.preview)[0]).tolist() == [7]
    plugin.press("prompts", "C")
    assert np.unique(np.nonzero(plugin.objects)[0]).tolist() == [7]
    assert plugin.objects[7, 12, 15] == 1
    before = len(plugin.model.encoded)
    viewer.dims.set_point(0, 2)
    viewer.dims.set_point(0, 14)
    assert len(plugin.model.encoded) == before + 1, "the embedding of slice 7 is kept"


def test_a_point_on_a_slice_that_is_not_shown_is_decoded_there(viewer, start, stack) -> None:
    viewer.add_image(stack)
    plugin = start()
    plugin["prompts"].add((3, 12, 15))
    viewer.dims.set_point(0, 0)
    assert np.unique(np.nonzero(plugin.preview)[0]).tolist() == [3]


def test_prompts_on_two_slices_are_one_object(viewer, start, stack) -> None:
    viewer.add_image(stack)
    plugin = start()
    plugin["prompts"].data = np.array([(2, 12, 15), (5, 12, 15)])
    plugin.controller.commit()
    assert np.unique(np.nonzero(plugin.objects)[0]).tolist() == [2, 5]
    assert np.unique(plugin.objects).tolist() == [0, 1]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1), (1, 2, 0)])
def test_any_order_of_axes(viewer, start, order) -> None:
    volume = np.zeros((20, 24, 28), dtype=np.uint8)
    volume[4:12, 6:15, 8:20] = 200
    viewer.add_image(volume)
    plugin = start()
    viewer.dims.order = order
    viewer.dims.current_step = (8, 10, 12)
    plugin["prompts"].add((8, 10, 12))
    hidden = order[0]
    index = [slice(None)] * 3
    index[hidden] = (8, 10, 12)[hidden]
    expected = np.zeros_like(volume, dtype=bool)
    expected[tuple(index)] = volume[tuple(index)] == 200
    np.testing.assert_array_equal(plugin.preview == 1, expected)
    plugin.controller.commit()
    np.testing.assert_array_equal(plugin.objects == 1, expected)


def test_prompts_keep_the_plane_in_which_they_were_placed(viewer, start) -> None:
    volume = np.zeros((20, 24, 28), dtype=np.uint8)
    volume[4:12, 6:15, 8:20] = 200
    viewer.add_image(volume)
    plugin = start()
    viewer.dims.current_step = (8, 10, 12)
    plugin["prompts"].add((8, 10, 12))
    shown = plugin.preview.copy()
    viewer.dims.order = (1, 0, 2)
    np.testing.assert_array_equal(plugin.preview, shown)


def test_four_dimensions_and_colour(viewer, start, squares) -> None:
    series = np.zeros((2, 3, *squares.shape, 3), dtype=np.uint8)
    series[1, 2] = squares[..., None]
    viewer.add_image(series, rgb=True)
    plugin = start()
    viewer.dims.current_step = (1, 2, 0, 0)
    plugin["prompts"].add((1, 2, 12, 15))
    expected = np.zeros(series.shape[:4], dtype=bool)
    expected[1, 2] = squares == 200
    np.testing.assert_array_equal(plugin.preview == 1, expected)


def test_a_scaled_and_moved_image_is_clicked_where_it_lies(viewer, start, squares) -> None:
    image = viewer.add_image(squares, scale=(0.5, 2), translate=(30, -4), rotate=20)
    plugin = start()
    world = image.data_to_world((12, 15))
    plugin["prompts"].add(plugin["prompts"].world_to_data(world))
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)


def test_moving_and_removing_a_point_decodes_anew(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin["prompts"].data = np.array([(30, 45)])
    np.testing.assert_array_equal(plugin.preview == 1, squares == 120)
    plugin["prompts"].selected_data = {0}
    plugin["prompts"].remove_selected()
    assert not plugin.preview.any()


def test_excluding_takes_away(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].data = np.array([(12, 15), (30, 45)])
    assert (plugin.preview[squares > 0] == 1).all()
    plugin.press("prompts", "Control-Z")
    plugin["prompts"].add((12, 15))
    plugin.press("prompts", "T")
    assert plugin.status.mode is Mode.EXCLUDE
    plugin["prompts"].add((13, 16))
    assert plugin["prompts"].features["label"].tolist() == ["include", "exclude"]
    assert not plugin.preview.any()
    plugin.press("prompts", "Shift-C")
    assert plugin.status.mode is Mode.INCLUDE


def test_tab_goes_through_the_candidates(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    for number in (2, 3, 1):
        plugin.press("prompts", "Tab")
        assert plugin.status.choice.number == number
    plugin.controller.previous_candidate()
    assert plugin.status.choice.number == 3


def test_undo_and_redo_keys_on_every_layer(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin.controller.commit()
    plugin.press("objects", "Control-Z")
    assert not plugin.objects.any()
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)
    assert plugin["prompts"].data.tolist() == [[12, 15]]
    plugin.controller.undo()
    assert len(plugin["prompts"].data) == 0
    assert not plugin.preview.any()
    plugin.controller.redo()
    plugin.controller.redo()
    np.testing.assert_array_equal(plugin.objects == 1, squares == 200)


def _keys(layer) -> set[str]:
    return {str(key) for key in layer.keymap}


def test_shapes_keep_their_own_t_and_x(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    assert not {"T", "X"} & _keys(plugin["boxes"])
    assert {"C", "Tab"} <= _keys(plugin["boxes"])


def test_no_key_is_bound_on_the_users_image(viewer, start, squares) -> None:
    image = viewer.add_image(squares)
    before = dict(image.keymap)
    start()
    assert image.keymap == before
    assert not viewer.keymap


def test_painting_by_hand_is_kept_and_undone_in_order(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin.controller.commit()
    objects = plugin["objects"]
    objects.selected_label = 9
    objects.mode = "paint"
    objects.paint((44, 5), 9)
    assert plugin.status.next_id == 10
    painted = np.count_nonzero(plugin.objects == 9)
    assert painted
    plugin["prompts"].add((30, 45))
    plugin.controller.commit()
    assert plugin.objects[30, 45] == 10
    for _ in range(3):
        plugin.controller.undo()
    assert not (plugin.objects == 9).any()
    assert (plugin.objects == 1).sum() == 144
    plugin.controller.redo()
    assert np.count_nonzero(plugin.objects == 9) == painted


def test_a_commit_that_cannot_be_is_a_sentence(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin.press("prompts", "C")
    assert plugin.status.is_error
    assert "add a point or a box" in plugin.status.sentence


def test_prompts_that_are_left_out_are_a_sentence(viewer, start, squares, rectangle) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((999, 15))
    assert plugin.status.sentence == "Points outside the image are ignored."
    plugin.controller.clear()
    plugin["boxes"].add_rectangles(rectangle(5, 5, 5, 20))
    assert "without area" in plugin.status.sentence


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.eye(8, 40), "16"),
        (np.ones((20, 40)), "two different values"),
        (np.full((20, 40), np.nan), "finite"),
    ],
)
def test_an_image_that_cannot_be_encoded_is_a_sentence(viewer, start, data, words) -> None:
    viewer.add_image(data, contrast_limits=(0, 1))
    plugin = start()
    plugin["prompts"].add((4, 5))
    assert plugin.status.is_error
    assert words in plugin.status.sentence
    assert not plugin.preview.any()


def test_a_failure_of_another_frame_refuses_no_request(viewer, start, squares, manual_slot) -> None:
    layer = viewer.add_image(squares)
    plugin = start(encoding=manual_slot())
    earlier = plugin.controller.board.frame
    layer.data = squares[::-1].copy()
    plugin.settle()
    plugin["prompts"].add((35, 15))
    now = plugin.controller.board.frame
    assert (earlier.plane, earlier.model) == (now.plane, now.model)
    assert earlier != now
    plugin.pipeline.failed.emit(earlier, "No such image.")
    assert plugin.session.pending
    plugin.pipeline.failed.emit(now, "No such image.")
    assert not plugin.session.pending


def test_three_displayed_dimensions_ask_for_the_2d_view(viewer, start, stack) -> None:
    viewer.add_image(stack)
    plugin = start()
    viewer.dims.ndisplay = 3
    assert "2D" in plugin.status.sentence
    viewer.dims.ndisplay = 2
    assert not plugin.status.is_error


def test_hover_previews_while_nothing_is_prompted(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    callbacks = plugin["prompts"].mouse_move_callbacks
    (move,) = [each for each in callbacks if isinstance(getattr(each, "__self__", None), Hover)]

    class At:
        is_dragging = False

        def __init__(self, y: float, x: float) -> None:
            self.position = (y, x)

    move(plugin["prompts"], At(12, 15))
    np.testing.assert_array_equal(plugin.preview == 2, squares == 200)
    move(plugin["prompts"], At(30, 45))
    np.testing.assert_array_equal(plugin.preview == 2, squares == 120)
    move(plugin["prompts"], At(-30, 45))
    assert not plugin.preview.any()
    plugin["prompts"].add((30, 45))
    move(plugin["prompts"], At(12, 15))
    np.testing.assert_array_equal(plugin.preview == 1, squares == 120)
    plugin.controller.clear()
    plugin.controller.enable_hover(False)
    move(plugin["prompts"], At(12, 15))
    assert not plugin.preview.any()


def test_contrast_limits_are_followed_only_when_they_are_the_policy(viewer, start, squares) -> None:
    image = viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    encoded = len(plugin.model.encoded)
    image.contrast_limits = (0, 90)
    assert len(plugin.model.encoded) == encoded
    plugin.controller.choose_intensity("contrast-limits")
    assert plugin.status.seen == "Black to white: 0 to 90."
    image.contrast_limits = (0, 150)
    assert plugin.status.seen == "Black to white: 0 to 150."
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)


def test_another_model_decodes_the_same_prompts(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin.controller.choose_model("vit_b")
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)
    plugin.controller.commit()
    assert plugin["objects"].features["model"].tolist()[1] == "vit_b"


def test_a_click_before_the_encoding_ends_is_answered_by_it(
    viewer, start, squares, manual_slot
) -> None:
    viewer.add_image(squares)
    encoding = manual_slot()
    plugin = start(encoding=encoding)
    plugin["prompts"].add((12, 15))
    assert not plugin.preview.any()
    plugin.press("prompts", "C")
    assert "still being computed" in plugin.status.sentence
    encoding.run()
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)
    assert not plugin.status.is_error, "now it can be kept"


def test_nothing_happens_after_closing(viewer, start, squares) -> None:
    image = viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin.controller.close()
    said = len(plugin.said)
    plugin["prompts"].add((30, 45))
    viewer.add_image(squares)
    image.scale = (2, 2)
    viewer.layers.remove("boxes")
    plugin.settle()
    assert len(plugin.said) == said
    assert not plugin["prompts"].keymap
    assert plugin.encoding.is_closed
    assert plugin.decoding.is_closed


def test_opening_again_goes_on_where_it_was(viewer, start, squares) -> None:
    viewer.add_image(squares)
    first = start()
    first["prompts"].add((30, 45))
    first.controller.commit()
    first["prompts"].add((12, 15))
    first["objects"].name = "mine"
    first.controller.close()
    again = start()
    assert len(viewer.layers) == 5
    np.testing.assert_array_equal(again.preview == 1, squares == 200)
    assert again.session.next_id == 2
    again.controller.commit()
    np.testing.assert_array_equal(again["mine"].data, 2 * (squares == 200) + (squares == 120))
    assert again["mine"].features["area"].tolist() == [0, 192, 144]
