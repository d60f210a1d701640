"""Texts are read as people mean them, and unknown words are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.segment.text.nouns import find_noun
from napari_samwise.segment.text.query import Phrase, Query, parse
from napari_samwise.segment.text.traits import TRAITS, find_trait

VOCABULARY = ("cell", "grey matter", "leaf", "mitochondrion", "nucleus", "red blood cell")


def read(text: str) -> list[tuple[str, set[str], list[str]]]:
    """Return the phrases of a text as (sign, words, traits)."""
    query = parse(text, VOCABULARY)
    signs = [("+", each) for each in query.wanted] + [("-", each) for each in query.unwanted]
    return [
        (sign, set(each.words), [("" if yes else "!") + t.names[0] for t, yes in each.traits])
        for sign, each in signs
    ]


NUCLEUS = {"nucleus"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("nuclei", [("+", NUCLEUS, [])]),
        ("Bright, ROUND nuclei!", [("+", NUCLEUS, ["bright", "round"])]),
        ("bright and round nuclei", [("+", NUCLEUS, ["bright", "round"])]),
        ("nuclei that are large", [("+", NUCLEUS, ["large"])]),
        ("nuclei, not elongated", [("+", NUCLEUS, ["!elongated"])]),
        ("not large round nuclei", [("+", NUCLEUS, ["!large", "round"])]),
        ("nuclei without large ones", [("+", NUCLEUS, ["!large"])]),
        ("non-round nuclei", [("+", NUCLEUS, ["!round"])]),
        (
            "large nuclei and small leaves",
            [("+", NUCLEUS, ["large"]), ("+", {"leaf"}, ["small"])],
        ),
        (
            "cells but not nuclei",
            [("+", {"cell", "red blood cell"}, []), ("-", NUCLEUS, [])],
        ),
        (
            "cells except small nuclei",
            [("+", {"cell", "red blood cell"}, []), ("-", NUCLEUS, ["small"])],
        ),
        ("no nuclei", [("+", set(), []), ("-", NUCLEUS, [])]),
        ("dark things", [("+", set(), ["dark"])]),
        ("dark", [("+", set(), ["dark"])]),
        ("everything", [("+", set(), [])]),
        ("red blood cells", [("+", {"red blood cell"}, [])]),
        ("erythrocytes", [("+", {"red blood cell"}, [])]),
        ("red cells", [("+", {"cell", "red blood cell"}, ["red"])]),
        ("gray matter", [("+", {"grey matter"}, [])]),
        ("please find all the mitochondria in this image", None),
    ],
)
def test_texts(text, meant) -> None:
    if meant is None:
        assert read(text)[-1] == ("+", {"mitochondrion"}, [])
    else:
        assert read(text) == meant


@pytest.mark.parametrize("text", ["", "  ", 7, None, "the", "and"])
def test_nothing_is_refused(text) -> None:
    with pytest.raises(InputError):
        parse(text, VOCABULARY)


def test_an_unknown_word_is_told_with_what_is_near() -> None:
    with pytest.raises(InputError, match=r"'nuceli' is not among.*'nucleus'"):
        parse("bright nuceli", VOCABULARY)
    with pytest.raises(InputError, match=r"knows no words such as 'nuclei'.*use 'nano'"):
        parse("bright nuclei", ())


def test_adjectives_need_no_vocabulary() -> None:
    (phrase,) = parse("bright round objects", ()).wanted
    assert [trait.names[0] for trait, _ in phrase.traits] == ["bright", "round"]
    assert not parse("bright", ()).has_nouns


def test_plurals_of_every_word_are_known() -> None:
    for word in VOCABULARY:
        assert word in (find_noun(word, VOCABULARY) or ())
    for plural, word in (("leaves", "leaf"), ("cells", "cell"), ("nucleuses", "nucleus")):
        assert word in (find_noun(plural, VOCABULARY) or ())


def test_adjectives_have_one_meaning() -> None:
    names = [name for trait in TRAITS for name in trait.names]
    assert len(names) == len(set(names))
    assert all(find_trait(name) is not None for name in names)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = parse(text, VOCABULARY)
    except InputError:
        return
    assert isinstance(query, Query)
    assert query.wanted
    assert all(isinstance(phrase, Phrase) for phrase in query.wanted)
