"""From a text such as "bright round nuclei and large cells" to what is asked for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

from napari_samwise.errors import InputError
from napari_samwise.segment.text.nouns import LONGEST, find_noun
from napari_samwise.segment.text.traits import Trait, find_trait, trait_names

_NOT = frozenset({"not", "non"})
"""Turn the one word that follows."""
_EXCEPT = frozenset({"except", "excluding", "no", "without"})
"""Turn all up to the next noun."""
_BREAKS = frozenset({"and", "but", "or", "plus", "also", ",", ";", "&", "+"})
_FILLERS = frozenset(
    (
        *("a", "an", "any", "are", "every", "each", "find", "from", "here", "i", "image", "in"),
        *("is", "label", "me", "of", "one", "ones", "only", "please", "segment", "select"),
        *("shape", "shaped"),
        *("show", "that", "the", "these", "this", "those", "very", "want", "which", "with", "."),
    )
)


_LIST = "'napari-samwise text --words' lists them."


@dataclass(frozen=True, slots=True)
class Phrase:
    """One kind of object.

    Parameters
    ----------
    words : frozenset of str
        Of the model's vocabulary; empty for anything.
    traits : tuple of (Trait, bool)
        What must hold, and what must not.
    """

    words: frozenset[str]
    traits: tuple[tuple[Trait, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What a text asks for.

    Parameters
    ----------
    wanted : tuple of Phrase
        An object of any of these is meant, at least one.
    unwanted : tuple of Phrase
        ... unless it is one of these.
    """

    wanted: tuple[Phrase, ...]
    unwanted: tuple[Phrase, ...] = ()

    @property
    def has_nouns(self) -> bool:
        """Whether the model must know what objects are called."""
        return any(phrase.words for phrase in (*self.wanted, *self.unwanted))


def parse(text: str, vocabulary: Collection[str]) -> Query:
    """Read a text.

    Adjectives belong to the noun that follows, at the end to the one before. *and*, *or* and
    commas part kinds of objects; *not* turns the word that follows, *no*, *without* and *except*
    all that follows up to the next noun.

    Parameters
    ----------
    text : str
        Such as ``"bright round nuclei"`` or ``"cells but not elongated"``.
    vocabulary : collection of str
        The nouns that the model tells apart.

    Raises
    ------
    InputError
        If it is empty or has a word that is not known.
    """
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"A text must name what to find, such as 'round nuclei', got {text!r}.")
    reader = _Reader(vocabulary)
    reader.read(re.findall(r"[^\W_]+|[,;&+]", text.lower().replace("-", " ")))
    return reader.finish(text)


class _Reader:
    """What has been read so far."""

    def __init__(self, vocabulary: Collection[str]) -> None:
        self._vocabulary = vocabulary
        self._wanted: list[Phrase] = []
        self._unwanted: list[Phrase] = []
        self._traits: list[tuple[Trait, bool]] = []
        self._is_turned = self._is_excepted = False
        self._latest: list[Phrase] | None = None

    def read(self, tokens: list[str]) -> None:
        """Read word by word."""
        at = 0
        while at < len(tokens):
            at += self._take(tokens[at:])

    def finish(self, text: str) -> Query:
        """Return what was asked for."""
        if self._is_excepted:
            self._traits = [(trait, not holds) for trait, holds in self._traits]
        if self._traits:
            if self._latest is None:
                self._wanted.append(Phrase(frozenset(), tuple(self._traits)))
            else:
                last = self._latest[-1]
                self._latest[-1] = Phrase(last.words, (*last.traits, *self._traits))
        if not self._wanted:
            if not self._unwanted:
                raise InputError(f"The text {text!r} names nothing; write such as 'round nuclei'.")
            self._wanted.append(Phrase(frozenset()))
        return Query(tuple(self._wanted), tuple(self._unwanted))

    def _take(self, tokens: list[str]) -> int:
        """Read what comes next; return of how many tokens it was made."""
        first = tokens[0]
        for count in range(min(LONGEST, len(tokens)), 0, -1):
            words = find_noun(" ".join(tokens[:count]), self._vocabulary)
            if words is not None:
                self._take_noun(words)
                return count
        trait = find_trait(first)
        if trait is not None:
            self._traits.append((trait, not self._is_turned))
            self._is_turned = False
        elif first in _NOT:
            self._is_turned = True
        elif first in _EXCEPT:
            self._is_excepted = True
        elif first in _BREAKS:
            self._is_turned = False
        elif first not in _FILLERS:
            raise InputError(self._unknown(first))
        return 1

    def _take_noun(self, words: frozenset[str]) -> None:
        is_unwanted = self._is_turned or self._is_excepted
        kinds = self._unwanted if is_unwanted else self._wanted
        kinds.append(Phrase(words, tuple(self._traits)))
        self._latest, self._traits = kinds, []
        self._is_turned = self._is_excepted = False

    def _unknown(self, word: str) -> str:
        known = [*sorted(self._vocabulary), *trait_names()]
        near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
        if not self._vocabulary:
            return (
                f"This model knows no words such as {word!r}, only traits: "
                f"{', '.join(trait_names()[:8])}; use 'nano', or leave the word out."
            )
        meant = f"did you mean {' or '.join(map(repr, near))}?" if near else _LIST
        return (
            f"The word {word!r} is not among the {len(self._vocabulary)} nouns and "
            f"{len(trait_names())} adjectives that are known; {meant}"
        )
