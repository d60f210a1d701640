"""The errors that users see: each message is one sentence that says what to do."""

from __future__ import annotations


class SamwiseError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(SamwiseError, ValueError):
    """Something that the user gave cannot be used; the message says what, got, and what to do."""


class ImageError(InputError):
    """An image, its file or its axes cannot be used."""


class PromptError(InputError):
    """A point, box, mask or text cannot be used."""


class ModelNameError(InputError):
    """No model of that name, and no file at that path."""


class CheckpointError(InputError):
    """A file of weights is damaged, unsafe, or belongs to another network."""


class DownloadError(InputError):
    """Weights could not be fetched."""


class Cancelled(SamwiseError):
    """The user stopped the work; nothing that was finished is lost."""


class JournalError(InputError):
    """A journal cannot be read, written or replayed."""
