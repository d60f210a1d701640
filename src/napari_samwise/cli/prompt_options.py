"""Points and boxes on a command line, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from napari_samwise.errors import PromptError
from napari_samwise.prompts import EXCLUDE, INCLUDE, Prompts

POINT, NOT_POINT, BOX, NEXT = "--point", "--exclude", "--box", "--object"
_SHAPES = {POINT: "Y,X (or Z,Y,X)", NOT_POINT: "Y,X (or Z,Y,X)", BOX: "Y0,X0,Y1,X1"}

Given = tuple[str, str]


class PromptCommand(click.Command):
    """A command whose prompts reach it as one ordered list, the parameter ``given``.

    Which point belongs to which object follows from the order of the options, and click keeps
    no order between different options; so they are taken out before click parses the rest.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prompts: list[click.Parameter] = [
            click.Option(
                [POINT],
                multiple=True,
                metavar="Y,X",
                expose_value=False,
                help="A point inside the object; in a stack Z,Y,X.",
            ),
            click.Option(
                [NOT_POINT],
                multiple=True,
                metavar="Y,X",
                expose_value=False,
                help="A point that does not belong to the object.",
            ),
            click.Option(
                [BOX],
                multiple=True,
                metavar="Y0,X0,Y1,X1",
                expose_value=False,
                help="A box around the object; in a stack Z0,Y0,X0,Z1,Y1,X1. "
                "A second box begins the next object.",
            ),
            click.Option(
                [NEXT],
                is_flag=True,
                expose_value=False,
                help="Begin the next object: what follows gets the next label.",
            ),
        ]
        self.params = prompts + self.params

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the prompts out of `args` and let click parse the rest."""
        given, rest = take_prompts(args)
        unparsed = super().parse_args(ctx, rest)
        ctx.params["given"] = given
        return unparsed


def take_prompts(args: Sequence[str]) -> tuple[list[Given], list[str]]:
    """Split a command line into prompts, in order, and everything else.

    Parameters
    ----------
    args : sequence of str
        Command-line arguments; ``--point Y,X`` and ``--point=Y,X`` are the same.

    Returns
    -------
    given : list of (str, str)
        Option and value; the value of ``--object`` is empty.
    rest : list of str
        The other arguments, with any option whose value is missing, for click to refuse.
    """
    given: list[Given] = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        option, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif word == NEXT:
            given.append((NEXT, ""))
        elif option not in _SHAPES:
            rest.append(word)
        elif equals:
            given.append((option, value))
        else:
            following = next(words, None)
            if following is None:
                rest.append(word)
            else:
                given.append((option, following))
    return given, rest


def group_prompts(given: Iterable[Given]) -> dict[int, Prompts]:
    """Sort ordered prompts into objects.

    Points and one box together describe one object; ``--object`` and a second box begin the
    next.

    Parameters
    ----------
    given : iterable of (str, str)
        What :func:`take_prompts` found.

    Returns
    -------
    dict of int to Prompts
        By label id, 1 for the first object.

    Raises
    ------
    PromptError
        A value is no list of numbers, an object's prompts do not fit together, or there is none.
    """
    groups: list[list[tuple[str, list[float]]]] = [[]]
    for option, text in given:
        starts_next = option == NEXT or (option == BOX and any(o == BOX for o, _ in groups[-1]))
        if starts_next and groups[-1]:
            groups.append([])
        if option != NEXT:
            groups[-1].append((option, parse_numbers(option, text)))
    filled = [group for group in groups if group]
    if not filled:
        raise PromptError(
            f"No prompt is given; add {POINT} Y,X inside an object or {BOX} Y0,X0,Y1,X1 around it."
        )
    prompts = {}
    for label, group in enumerate(filled, start=1):
        try:
            prompts[label] = _read_group(group).require_object()
        except PromptError as error:
            raise in_object(label, len(filled), error) from error
    return prompts


def parse_numbers(option: str, text: str) -> list[float]:
    """Read ``"12,34.5"``.

    Raises
    ------
    PromptError
        If there are fewer than two numbers, a box has an odd count, or one is no number.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    fits = len(numbers) >= 4 and len(numbers) % 2 == 0 if option == BOX else len(numbers) >= 2
    if not fits:
        raise PromptError(
            f"{option} takes {_SHAPES[option]} as numbers with commas and no spaces; got '{text}'."
        )
    return numbers


def in_object(label: int, count: int, error: PromptError) -> PromptError:
    """Say which of several objects an error is about."""
    return error if count == 1 else PromptError(f"Object {label}: {error}")


def _read_group(group: Sequence[tuple[str, list[float]]]) -> Prompts:
    points = [(option, numbers) for option, numbers in group if option != BOX]
    box = next((numbers for option, numbers in group if option == BOX), None)
    if len({len(numbers) for _, numbers in points}) > 1:
        raise PromptError(
            "The points of one object need the same number of coordinates; got "
            + " and ".join(str(numbers) for _, numbers in points)
            + "."
        )
    return Prompts(
        points=[numbers for _, numbers in points],
        labels=[INCLUDE if option == POINT else EXCLUDE for option, _ in points],
        box=None if box is None else [box[: len(box) // 2], box[len(box) // 2 :]],
    )
