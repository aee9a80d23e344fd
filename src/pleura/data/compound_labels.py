"""Words that hold more than one name, or a name and a doubt: `Edema|Mass`, `Edema?`."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from pleura.data.names import KNOWN, composed, is_nothing, word_key
from pleura.data.unknowns import is_unknown

SEVERAL = "|"  # what tables put between several findings of one image
SEPARATORS = f"{SEVERAL};+&,/"  # what commonly stands between findings in one cell
# The same, line breaks, tabs, a comma of Chinese or Japanese, and words.
SEPARATED = re.compile(
    rf"[{SEPARATORS}\\\n\r\t\u3001]|(?<![^\W_])(?:and|und|et|with|plus)(?![^\W_])", re.IGNORECASE
)
NAMED = 3  # labels that a question names

# By `word_key`, what people write who do not say whether a finding is there.
_DOUBTS = {
    *("-1", "uncertain", "unsure", "unclear", "doubtful", "equivocal", "indeterminate"),
    *("inconclusive", "undetermined", "questionable", "pending", "maybe", "possible"),
    *("notsure", "notclear", "unreadable", "notreadable"),
}
# Words beside a finding that make it uncertain.
_HEDGES = {
    *("possible", "possibly", "probable", "probably", "likely", "maybe", "perhaps", "suspected"),
    *("suspicion", "of", "questionable", "query", "uncertain", "unclear", "equivocal"),
}
_LETTERS = re.compile(r"[^\W_]+")
# Words beside a finding by which it is not there.
_ABSENCE = {"no", "not", "non", "without", "absent", "negative", "kein", "keine", "ohne", "sans"}
ALIKE = 0.8  # by `SequenceMatcher`: Effusions and Effusion, Infiltrate and Infiltration


def parts_of(word: str) -> set[str]:
    """The keys (`word_key`) of the names between what commonly separates them, two or more; none
    where the word is one name."""
    parts = SEPARATED.split(unicodedata.normalize("NFKC", word))
    keys = {word_key(part.strip(" _-")) for part in parts} - {""}
    return keys if len(keys) > 1 else set()


def run_together(word: str, keys: Collection[str]) -> bool:
    """Whether a word is two names with nothing but blanks between them, given the `keys` of names
    (`word_key`): `Edema Mass`."""
    key = word_key(word)
    return any(key.startswith(one) and key[len(one) :] in keys for one in keys)


def resembled(word: str, names: Iterable[str]) -> str:
    """The first of `names` that a word looks much like, or of which it holds all words: `Effusions`
    and `left effusion` look like `Effusion`; "" for none, and where the word denies something."""
    words = _LETTERS.findall(composed(word).casefold())
    if _ABSENCE & {*words}:
        return ""
    for name in names:
        its = _LETTERS.findall(composed(name).casefold())
        ratio = SequenceMatcher(None, "".join(words), "".join(its)).ratio()
        if ratio >= ALIKE or {*its} < {*words}:
            return name
    return ""


@lru_cache(KNOWN)
def is_doubt(word: str, names: tuple[str, ...]) -> bool:
    """Whether a word says that nothing is known or certain, or gives one of the `names` with a mark
    or a word that makes it uncertain, such as `Edema?` or `possible edema`."""
    if is_nothing(word) or is_unknown(word) or word_key(word) in _DOUBTS:
        return True
    return _without_hedges(word) in map(_without_hedges, names)


def _without_hedges(text: str) -> str:
    """The letters and digits of a text without the words of doubt in it."""
    words = _LETTERS.findall(composed(text).casefold())
    return "".join(word for word in words if word not in _HEDGES)


def holding_one(labels: Iterable[str], classes: Collection[str]) -> list[str]:
    """The labels that are none of the `classes` and hold one of them and more, in their order."""
    keys = set(map(word_key, classes))
    return [label for label in labels if label not in classes and parts_of(label) & keys]


def several_findings(classes: Sequence[str]) -> str:
    """The question whether classes that hold several names are several findings; "" where none
    does."""
    separator, compound = _compound(classes)
    if not compound:
        return ""
    return (
        f"{len(compound)} of {len(classes)} labels "
        f"{'hold' if compound[1:] else 'holds'} '{separator}' ({few(compound)}): are "
        "several findings of one image meant? Then write task: findings, and "
        f"data: {{findings: {{names: [...], separator: '{separator}'}}}}; as it stands each "
        "such text is a class of its own, told apart from all others. To merge them write "
        "data: {labels: {name: [label, label]}}, to leave some out data: {classes: [...]}"
    )


def few(labels: Sequence[str]) -> str:
    """The first labels, for a question about them."""
    return ", ".join(map(repr, labels[:NAMED])) + (", ..." if len(labels) > NAMED else "")


def _compound(labels: Sequence[str]) -> tuple[str, list[str]]:
    """What stands between several findings in labels, and these labels; none where nothing does.

    A bar always does. Other signs stand in names, too: they do where a part of a label is a label
    of its own, or a part of several others.
    """
    for separator in SEPARATORS:
        parts = {
            name: {word_key(part) for part in name.split(separator)}
            for name in labels
            if separator in name
        }
        if parts and separator == SEVERAL:
            return separator, list(parts)
        parts = {name: its for name, its in parts.items() if all(map(_is_word, its))}
        often = Counter(part for its in parts.values() for part in its)
        alone = {word_key(name) for name in labels if name not in parts}
        compound = [
            name for name, its in parts.items() if any(it in alone or often[it] > 1 for it in its)
        ]
        if compound:
            return separator, compound
    return "", []


def _is_word(part: str) -> bool:
    """Whether a part of a label can be a finding: it has two letters or more, so that it is no
    number, and not the N of N/A."""
    return sum(map(str.isalpha, part)) > 1
