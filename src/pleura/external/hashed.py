"""Whether the names of two lists of patients can match at all, where some are hashes.

`pleura data index` calls patients of DICOM by hashes, keyed by a salt. Neither a patient's number
nor the hash by another salt has anything in common with such a name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pleura.data.names import is_nothing
from pleura.data.readers.dicom.described import HASHED, hashes_among
from pleura.errors import InputError
from pleura.external.home import Home
from pleura.wording import capital, count


@dataclass(frozen=True)
class Names:
    """How names of patients were compared: how many of the study's (`home`) and of the table's
    (`here`) there are and are hashes, how many of the table's were `found`, and whether a `salt`
    was given."""

    home: int
    home_hashed: int
    here: int
    here_hashed: int
    found: int
    salt: bool

    @property
    def doubt(self) -> str:
        """Why it tells nothing that nobody was found by name, or of some names, in sentences; ""
        where it tells that nobody of these is in the study."""
        if not self.here or not (self.home_hashed or self.here_hashed or self.salt):
            return ""
        if not self.found:
            return f"No name of a patient matched one of the study. {self._why}"
        return f"{self._by_salt}." if self._crossed and not self.salt else ""

    @property
    def _crossed(self) -> bool:
        """Whether hashes of one list stand beside other names of the other."""
        others = self.home > self.home_hashed, self.here > self.here_hashed
        return bool((self.home_hashed and others[1]) or (self.here_hashed and others[0]))

    @property
    def _why(self) -> str:
        if self.salt:
            return "A wrong salt would look the same: is it that of the table with the hashes?"
        if self.home_hashed and self.here_hashed:
            other = " Other names are compared with them by their salt alone (--salt)."
            return (
                f"{self._called}. With another salt the same patient has another hash, so that "
                f"nobody can be found by name.{other * self._crossed}"
            )
        return f"{self._by_salt}."

    @property
    def _called(self) -> str:
        """Whose names are hashes."""
        study = _share("the study's patients", self.home_hashed, self.home)
        table = _share("those of this table", self.here_hashed, self.here)
        both = [study] * bool(self.home_hashed) + [table] * bool(self.here_hashed)
        return f"{capital(' and '.join(both))} are called by hashes"

    @property
    def _by_salt(self) -> str:
        return f"{self._called}; other names are compared with them by their salt alone (--salt)"


def compared_names(home: Home, here: Iterable[str], found: int, salt: str | None) -> Names:
    """How the names `here` were compared with those of a study."""
    named = {name for name in here if not is_nothing(name)}
    hashed = len(hashes_among(named))
    return Names(home.named, home.hashed, len(named), hashed, found, bool(salt))


def refuse_without_salt(path: Path, names: Iterable[str], home: Home) -> None:
    """Raise InputError where patients of a study are hashes and some `names` that are asked for
    are none: without the salt it is not known whether these are among them."""
    plain = [
        name
        for name in dict.fromkeys(names)
        if not is_nothing(name) and not HASHED.fullmatch(name.strip().casefold())
    ]
    if home.hashed and plain:
        raise InputError(
            f"{path}: {_share('the patients of the study', home.hashed, home.named)} are called by "
            f"hashes, with which names such as {plain[0]!r} ({count(len(plain), 'name')}) cannot "
            "be compared: nobody would be found, whoever was in the training. Give the salt of the "
            "study's table: --salt FILE (images.salt beside the table, unless it was put elsewhere)"
        )


def _share(whose: str, hashed: int, number: int) -> str:
    return whose if hashed == number else f"{hashed:,} of {number:,} of {whose}"
