"""From the words of a command line to one Prompts per object."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.cli.prompt_options import group_prompts, take_prompts
from napari_samwise.errors import PromptError

coordinate = st.floats(0, 1000, allow_nan=False).map(lambda value: round(value, 3))


def groups(line: str) -> dict:
    given_prompts, rest = take_prompts(line.split())
    assert rest == []
    return group_prompts(given_prompts)


def test_points_and_one_box_are_one_object() -> None:
    prompts = groups("--point 1,2 --box 0,0,9,9 --exclude 3,4.5")
    assert list(prompts) == [1]
    np.testing.assert_array_equal(prompts[1].points, [(1, 2), (3, 4.5)])
    np.testing.assert_array_equal(prompts[1].labels, [1, 0])
    np.testing.assert_array_equal(prompts[1].box, [(0, 0), (9, 9)])


def test_object_begins_the_next_one() -> None:
    prompts = groups("--point 1,2 --object --point 3,4 --point 5,6")
    assert [len(prompts[label].points) for label in (1, 2)] == [1, 2]


def test_a_second_box_begins_the_next_object_and_takes_what_follows() -> None:
    prompts = groups("--point 1,2 --box 0,0,9,9 --box 10,10,19,19 --point 12,12")
    np.testing.assert_array_equal(prompts[1].points, [(1, 2)])
    np.testing.assert_array_equal(prompts[2].points, [(12, 12)])
    np.testing.assert_array_equal(prompts[2].box, [(10, 10), (19, 19)])


def test_needless_object_options_number_nothing() -> None:
    prompts = groups("--object --point 1,2 --object --object --point 3,4 --object")
    assert list(prompts) == [1, 2]


def test_stacks_take_more_coordinates() -> None:
    prompts = groups("--point 7,1,2 --box 7,0,0,9,5,5")
    assert prompts[1].points.shape == (1, 3)
    np.testing.assert_array_equal(prompts[1].box, [(7, 0, 0), (9, 5, 5)])


@given(st.lists(st.lists(coordinate, min_size=2, max_size=4), min_size=1, max_size=5))
def test_every_number_arrives_in_order(points: list[list[float]]) -> None:
    words = [w for p in points for w in ("--object", "--point", ",".join(map(str, p)))]
    prompts = group_prompts(take_prompts(words)[0])
    assert [list(prompts[i].points[0]) for i in sorted(prompts)] == points


def test_everything_else_stays_in_order_for_click() -> None:
    words = ["a.tif", "--point=-1,2", "-o", "b.tif", "--exclude", "-3,4", "--", "--point", "c"]
    given_prompts, rest = take_prompts(words)
    assert given_prompts == [("--point", "-1,2"), ("--exclude", "-3,4")]
    assert rest == ["a.tif", "-o", "b.tif", "--", "--point", "c"]


def test_an_option_without_its_value_is_left_for_click() -> None:
    assert take_prompts(["a.tif", "--box"]) == ([], ["a.tif", "--box"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "No prompt is given"),
        ("--object", "No prompt is given"),
        ("--point here", "--point takes Y,X .* got 'here'"),
        ("--point 3", "--point takes"),
        ("--point 3,", "--point takes"),
        ("--point nan,3", "finite"),
        ("--box 1,2,3", "--box takes"),
        ("--box 1,2,3,4,5", "--box takes"),
        ("--box 5,5,5,5", "no area"),
        ("--box 9,9,1,1", "smaller corner first"),
        ("--exclude 1,2", "exclude"),
        ("--point 1,2 --point 1,2,3", "same number of coordinates"),
        ("--point 1,2,3 --box 0,0,5,5", "same number of coordinates"),
        ("--point 1,2 --object --box 9,9,1,1", "Object 2: "),
    ],
)
def test_refusals(line: str, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        groups(line)
