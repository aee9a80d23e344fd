"""Patterns that tell from the name of a file whose image it is, and what else its name says."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import PurePath

from pleura.data.columns import PATIENTS
from pleura.data.image_files import ENDINGS
from pleura.data.names import composed, word_key
from pleura.errors import InputError

PATIENT, VIDEO, LABEL = "patient", "video", "label"
FIELDS = (PATIENT, VIDEO, "frame", LABEL, "split", "source", "site", "view")
PASSED_OVER = ("number", "any")
# Columns that a table has anyway, and what studies add to one.
RESERVED = (
    *("image", "mask", "lung_mask", "row", "frames", "seconds"),
    *("format", "width", "height", "bits", "day", "year"),
)
LIKE = 0.78  # from which on a name is a misspelt field: `lable`, but not `side` for `site`
_FIELD = re.compile(r"\{(\w+)\}")
_DIGITS = ("number", "frame")  # fields that stand for digits only

_EXAMPLES = {
    PATIENT: ("{patient}_{number}.png", "(?P<patient>[^/_]+)_"),
    LABEL: ("{label}_{any}", "(?P<label>[^/_]+)_"),
}


class NamePattern:
    r"""What a user says of the names of files: `{patient}_{number}.png`, or a regular expression.

    A field gives a cell of the column of its name: one that studies know (`FIELDS`), or one of the
    user's own. `{number}` stands for digits and `{any}` for any text, and both are passed over. A
    field never reaches over a `/`, and the
    shortest text that fits is taken. As many folders of a path are looked at as the pattern has;
    without an ending it is about names without theirs. A regular expression is one that has a group
    such as `(?P<patient>...)`; it is searched for in the whole path, with `/` between folders.

    Raises InputError for a pattern that names none of the columns that are `wanted`, or one twice,
    and for a column whose name is that of a field misspelt.
    """

    def __init__(self, text: str, wanted: Sequence[str] = (PATIENT, VIDEO)) -> None:
        self.text = text
        self.is_regular = "(?P<" in text
        try:
            self.fits = re.compile(text) if self.is_regular else expression_of(text)
        except re.error as error:
            raise InputError(f"pattern {text!r}: no regular expression ({error})") from error
        _refuse_misspelt(text, self.fits.groupindex)
        if not {*wanted} & {*self.fits.groupindex}:
            example, regular = _EXAMPLES[wanted[0]]
            raise InputError(
                f"pattern {text!r} names no {wanted[0]}; write it such as '{example}' "
                f"or, as a regular expression, '{regular}'"
            )

    def read(self, path: PurePath) -> dict[str, str]:
        """The cells that the path of a file gives, by column; none where it does not fit."""
        return next(filter(None, (_cells(self.fits, form) for form in self.forms(path))), {})

    def forms(self, path: PurePath) -> list[str]:
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
        _refuse_misspelt(self.text, self._fits.groupindex)
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
    Raises InputError for a column that stands there twice, or whose name is a number."""
    parts, at = [], 0
    named: set[str] = set()
    for field in _FIELD.finditer(text):
        name = field[1]
        inside = r"\d+" if name in _DIGITS else "[^/]*?" if name in PASSED_OVER else "[^/]+?"
        if name in named:
            raise InputError(f"pattern {text!r}: {{{name}}} stands there twice")
        if not name.isidentifier():
            raise InputError(f"pattern {text!r}: {{{name}}} is no name; let it begin with a letter")
        if name not in PASSED_OVER:
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
        if cell
    }


def _refuse_misspelt(text: str, names: Iterable[str]) -> None:
    """Raise InputError for names of columns that are fields misspelt, or that a table has
    anyway."""
    for name in names:
        if name in RESERVED:
            raise InputError(
                f"pattern {text!r}: a table has a column {name} anyway; give this another name"
            )
        if name not in FIELDS and (meant := _meant(name)):
            known = ", ".join(f"{{{field}}}" for field in (*FIELDS, *PASSED_OVER))
            raise InputError(
                f"pattern {text!r}: there is no field {name!r}; did you mean {meant!r}? There are "
                f"{known}; a name that is not like one of these makes a column of its own"
            )


def _meant(name: str) -> str:
    """The field that a name is one of in another spelling, or misspelt; "" for any other name."""
    if word_key(name) in PATIENTS:
        return PATIENT
    fields = (*FIELDS, *PASSED_OVER)
    turned = [field for field in fields if sorted(field) == sorted(name.casefold())]
    return next(iter(turned or get_close_matches(name.casefold(), fields, 1, LIKE)), "")
