"""Recipes as YAML: read strictly, so that a slip of the pen is not taken for a wish."""

from __future__ import annotations

import difflib
import reprlib
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Union, get_args, get_origin
from typing import get_type_hints as hints_of

import yaml

from napari_samwise.atomic import replacing
from napari_samwise.batch.recipe import Recipe
from napari_samwise.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION_KEY = "samwise_recipe"
VERSION = 1
_MAX_BYTES = 2**20
_LARGEST = 2**63 - 1
_TITLE = "# A recipe of napari-samwise batch. null: what suits the model, or what the file says.\n"
_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe; see :meth:`Recipe.save`."""
    with replacing(path) as temporary:
        temporary.write_text(format_recipe(recipe), encoding="utf-8")


def format_recipe(recipe: Recipe) -> str:
    """Return a recipe as the text of a YAML file."""
    told = {VERSION_KEY: VERSION, **to_plain(recipe)}
    return f"{_TITLE}{yaml.safe_dump(told, sort_keys=False, allow_unicode=True)}"


def to_plain(section: DataclassInstance) -> dict[str, Any]:
    """Return a recipe as dictionaries, lists and scalars."""
    plain: dict[str, Any] = {}
    for each in fields(section):
        value = getattr(section, each.name)
        if is_dataclass(value) and not isinstance(value, type):
            value = to_plain(value)
        plain[each.name] = [float(v) for v in value] if isinstance(value, tuple) else value
    return plain


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; see :meth:`Recipe.load`."""
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= _MAX_BYTES else None
    except OSError as error:
        raise InputError(
            f"The recipe '{path}' cannot be read: {error.strerror or error}; check the path."
        ) from error
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise InputError(f"'{path}' is no recipe but something else; give a YAML file.")
    return parse_recipe(text, path.name)


def parse_recipe(text: str, name: str = "recipe") -> Recipe:
    """Read a recipe from the text of a YAML file.

    Parameters
    ----------
    text : str
        The text.
    name : str
        Of the file, for errors.

    Raises
    ------
    InputError
        It is no YAML, of another version, has an unknown key or a value of another kind; the
        message names the line.
    """
    return _Reader(text, name).read()


class _Reader:
    """Reads one text; knows the line of every value."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        # The safe one: it makes nothing but plain values.
        self._loader = yaml.SafeLoader(text)

    def read(self) -> Recipe:
        try:
            root = self._loader.get_single_node()
            entries = self._entries(root)
            self._check_version(entries, root)
            recipe: Recipe = self._build(Recipe, entries, root, "a recipe")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark is not None else ""
            problem = getattr(error, "problem", None) or "no YAML"
            raise InputError(f"'{self._name}'{line}: {problem}; correct the recipe.") from error
        except RecursionError as error:
            raise InputError(f"'{self._name}' is nested too deeply to be a recipe.") from error
        return recipe

    def _entries(self, node: Any) -> dict[str, Any]:
        """Return the nodes of a mapping by key."""
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, "a recipe is made of lines such as 'model: nano'")
        entries: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, "a key must be a word")
            if key.value in entries:
                self._refuse(key, f"'{key.value}' is there twice")
            entries[key.value] = value
        return entries

    def _check_version(self, entries: dict[str, Any], root: Any) -> None:
        node = entries.pop(VERSION_KEY, None)
        if node is None:
            self._refuse(root, f"a recipe begins with '{VERSION_KEY}: {VERSION}'")
        found = self._construct(node)
        if found != VERSION or isinstance(found, bool):
            self._refuse(
                node,
                f"recipes of version {_told(found)} are not known here, but {VERSION}; "
                "a newer napari-samwise may read it",
            )

    def _build(self, kind: type[Any], entries: dict[str, Any], node: Any, where: str) -> Any:
        hints: dict[str, Any] = hints_of(kind)
        values: dict[str, Any] = {}
        for name, value in entries.items():
            if name not in hints:
                close = difflib.get_close_matches(name, hints, n=1)
                advice = f"do you mean '{close[0]}'?" if close else f"known are {', '.join(hints)}"
                self._refuse(value, f"'{name}' is no key of {where}; {advice}")
            hint = hints[name]
            values[name] = (
                self._build(hint, self._entries(value), value, name)
                if isinstance(hint, type) and is_dataclass(hint)
                else self._value(name, value, hint)
            )
        try:
            return kind(**values)
        except InputError as error:
            raise InputError(f"'{self._name}', line {_line(node)}: {error}") from error

    def _value(self, name: str, node: Any, hint: Any) -> Any:
        found = self._construct(node)
        fitted = (_fit(found, option) for option in _options(hint))
        value = next((each for each in fitted if each is not _NO), _NO)
        if value is _NO:
            self._refuse(node, f"'{name}' takes {_describe(hint)}, got {_told(found)}")
        return value

    def _construct(self, node: Any) -> Any:
        """Return the plain value of a node."""
        try:
            return self._loader.construct_object(node, deep=True)
        except (ValueError, LookupError, AttributeError, OverflowError):
            # All that yaml says of a number or date that its own patterns take for one.
            text = reprlib.repr(node.value) if isinstance(node, yaml.ScalarNode) else "a value here"
            self._refuse(
                node, f"{text} is not the number or date that it looks like; put a text in quotes"
            )

    def _refuse(self, node: Any, reason: str) -> NoReturn:
        line = "" if node is None else f", line {_line(node)}"
        raise InputError(f"'{self._name}'{line}: {reason}.")


_NO = object()


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _told(found: Any) -> str:
    """Return a value as errors show it, however long it is."""
    try:
        too_large = type(found) is int and abs(found) > _LARGEST
        return "one that is too large" if too_large else reprlib.repr(found)
    except ValueError:
        # Python writes no number of so many digits.
        return "one that is too large"


def _fit(found: Any, hint: Any) -> Any:
    """Return a value as its type says, or ``_NO``."""
    if get_origin(hint) is Literal:
        return found if found in get_args(hint) and not isinstance(found, bool) else _NO
    if get_origin(hint) is tuple:
        if not isinstance(found, list) or len(found) != len(get_args(hint)):
            return _NO
        fitted = [_fit(each, kind) for each, kind in zip(found, get_args(hint), strict=True)]
        return _NO if _NO in fitted else tuple(fitted)
    if type(found) is int and abs(found) > _LARGEST:
        return _NO
    if hint is float and type(found) is int:
        return float(found)
    return found if type(found) is hint else _NO


def _describe(hint: Any) -> str:
    return " or ".join(_describe_one(option) for option in _options(hint))


def _options(hint: Any) -> tuple[Any, ...]:
    """Return the types that a union joins, or the one that it is."""
    return get_args(hint) if get_origin(hint) in (types.UnionType, Union) else (hint,)


def _describe_one(hint: Any) -> str:
    if hint is types.NoneType:
        return "null"
    if get_origin(hint) is Literal:
        return ", ".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        return f"[{', '.join(['number'] * len(get_args(hint)))}]"
    return _WORDS[hint]
