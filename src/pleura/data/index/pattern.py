"""Patterns that tell from the name of a file whose image it is, and what else its name says."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from pleura.data.image_files import ENDINGS
from pleura.data.names import composed
from pleura.errors import InputError

PATIENT, VIDEO = "patient", "video"
FIELDS = (PATIENT, VIDEO, "frame", "label", "split", "source", "site", "view")
_FIELD = re.compile(r"\{(\w+)\}")
_DIGITS = ("number", "frame")  # fields that stand for digits only


class NamePattern:
    r"""What a user says of the names of files: `{patient}_{number}.png`, or a regular expression.

    Fields that are columns of a table (`FIELDS`) give a cell; `{number}` stands for digits and any
    other name for any text, and both are passed over. A field never reaches over a `/`, and the
    shortest text that fits is taken. As many folders of a path are looked at as the pattern has;
    without an ending it is about names without theirs. A regular expression is one that has a group
    `(?P<patient>...)` or `(?P<video>...)`; it is searched for in the whole path, with `/` between
    folders.

    Raises InputError for a pattern that names neither a patient nor a video, or a column twice.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_regular = "(?P<" in text
        try:
            self._fits = re.compile(text) if self.is_regular else expression_of(text)
        except re.error as error:
            raise InputError(f"pattern {text!r}: no regular expression ({error})") from error
        if not {PATIENT, VIDEO} & set(self._fits.groupindex):
            raise InputError(
                f"pattern {text!r} names no patient; write it such as '{{patient}}_{{number}}.png' "
                "or, as a regular expression, '(?P<patient>[^/_]+)_'"
            )

    def read(self, path: PurePath) -> dict[str, str]:
        """The cells that the path of a file gives, by column; none where it does not fit."""
        return next(filter(None, (_cells(self._fits, form) for form in self._forms(path))), {})

    def _forms(self, path: PurePath) -> list[str]:
        """The texts that the pattern may fit: names without an ending come first, so that
        `{patient}` does not take the ending for a part of the name."""
        if self.is_regular:
            return [path.as_posix()]
        parts = path.parts[-1 - self.text.count("/") :]
        whole = "/".join(parts)
        if path.suffix.lower() not in ENDINGS:
            return [whole]
        return [whole.removesuffix(path.suffix), whole]


class FolderPattern:
    """What a user says of the folders of files, from the top: `{source}/{label}`.

    Its fields are those of `NamePattern`. Raises InputError for a pattern that names no column, or
    one twice.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip("/")
        self._fits = expression_of(self.text)
        if not self._fits.groupindex:
            raise InputError(f"folders {text!r}: names none of the columns {', '.join(FIELDS)}")

    def read(self, path: PurePath) -> dict[str, str]:
        """The cells that the folders of a file give; none where they do not fit."""
        folders = path.parent.parts[: self.text.count("/") + 1]
        return _cells(self._fits, "/".join(folders))


def read_names(patterns: Sequence[NamePattern], path: PurePath) -> dict[str, str]:
    """The cells by the first of the patterns that fits a path; none where none does."""
    return next(filter(None, (pattern.read(path) for pattern in patterns)), {})


def expression_of(text: str) -> re.Pattern[str]:
    """The regular expression of a text with `{fields}`, whatever the case of its other letters.
    Raises InputError for a column that stands there twice."""
    parts, at = [], 0
    named: set[str] = set()
    for field in _FIELD.finditer(text):
        name = field[1]
        inside = r"\d+" if name in _DIGITS else "[^/]+?" if name in FIELDS else "[^/]*?"
        if name in named:
            raise InputError(f"pattern {text!r}: {{{name}}} stands there twice")
        if name in FIELDS:
            named.add(name)
            inside = f"(?P<{name}>{inside})"
        parts += [re.escape(text[at : field.start()]), inside]
        at = field.end()
    whole = "".join([*parts, re.escape(text[at:])])
    return re.compile(rf"\A{whole}\Z", re.IGNORECASE)


def _cells(fits: re.Pattern[str], text: str) -> dict[str, str]:
    found = fits.search(text)
    return {
        name: composed(cell.strip())
        for name, cell in (found.groupdict() if found else {}).items()
        if name in FIELDS and cell
    }
