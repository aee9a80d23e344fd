"""Images that stand in a collection more than once."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pleura.data.alike import Twins, find_twins
from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.audit.recut import find_recut
from pleura.data.blank import blank_images
from pleura.data.manifest import Manifest

EXACT, NEAR, RECUT = "exact duplicate", "near duplicate", "cut differently"
WHAT = {EXACT: "the same pixels", NEAR: "the same image", RECUT: "the same image, cut differently"}


def find_duplicates(collection: Collection) -> tuple[Finding, ...]:
    """One finding for each set of images that show the same: with equal pixels, saved again or
    mirrored, or cut differently. Frames of one clip are no duplicates of each other.

    A set leaks where its images are of several parts of a split, or, unless they are only cut
    differently, of several patients or under two labels, as `pleura.data.audit.check` refuses them.
    Those of several patients, and nothing worse, a study can merge.
    """
    clips = _clips(collection)
    digests = collection.bank.info["digest"].to_numpy(dtype=object)
    near = [pair for pair in find_twins(collection.bank, clips) if _differ(pair, digests)]
    known = {(pair.one, pair.other) for pair in near}
    recut = [
        pair
        for pair in find_recut(collection, clips, collection.manifest.groups)
        if _differ(pair, digests) and _differ(pair, clips) and (pair.one, pair.other) not in known
    ]
    every = {EXACT: [*_equal(collection, digests, clips)], NEAR: near, RECUT: recut}
    findings: list[Finding] = []
    for kind, pairs in every.items():
        sets = [_finding(collection, kind, of) for of in _sets(pairs, clips)]
        findings += sorted(sets, key=lambda of: (of.leak, of.score), reverse=True)
    return tuple(findings)


def _clips(collection: Collection) -> NDArray[np.int64]:
    """(n,) numbers that are equal for frames of one clip, and for them alone."""
    videos = collection.manifest.table["video"].to_numpy(dtype=object)
    names = [("video", of) if of else ("image", row) for row, of in enumerate(videos)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _differ(pair: Twins, of: NDArray[Any]) -> bool:
    return bool(of[pair.one] != of[pair.other])


def _equal(
    collection: Collection, digests: NDArray[np.object_], clips: NDArray[np.int64]
) -> Iterator[Twins]:
    """Pairs of images with equal pixels, each with the first of its set."""
    blank = set(blank_images(collection.bank).tolist())
    first: dict[str, int] = {}
    for row in map(int, np.flatnonzero(collection.readable)):
        if row not in blank:
            one = first.setdefault(digests[row], row)
            if clips[one] != clips[row]:
                yield Twins(one, row, 1.0, "")


def _sets(pairs: list[Twins], clips: NDArray[np.int64]) -> Iterator[list[Twins]]:
    """The pairs of each set of images, or of clips, that hang together by pairs."""
    ends = [clips[pair.one] for pair in pairs], [clips[pair.other] for pair in pairs]
    links = coo_array((np.ones(len(pairs)), ends), shape=(len(clips), len(clips)))
    numbers = connected_components(links, directed=False)[1]
    sets: dict[int, list[Twins]] = {}
    for pair in pairs:
        sets.setdefault(int(numbers[clips[pair.one]]), []).append(pair)
    yield from sets.values()


def _finding(collection: Collection, kind: str, pairs: list[Twins]) -> Finding:
    """What is said of one set; where several patients share it, of a pair of two of them."""
    manifest, parts = collection.manifest, collection.parts
    patients = manifest.groups
    rows = sorted({row for pair in pairs for row in (pair.one, pair.other)})
    across_parts = parts is not None and len({parts[row] for row in rows} - {""}) > 1
    several = len({patients[row] for row in rows}) > 1
    shown = max(pairs, key=lambda pair: (patients[pair.one] != patients[pair.other], pair.likeness))
    pair = (shown.one, shown.other)
    named = [f"{manifest.describe(row)} of patient {patients[row]}" for row in pair]
    text = f"{' and '.join(named)} are {WHAT[kind]}"
    if shown.mirrored:
        text += f", {shown.mirrored}"
    if kind != EXACT:
        text += f" (likeness {shown.likeness:.3f})"
    if manifest.labelled and manifest.contradict(np.array(rows)):
        text += ", under two labels"
    if parts is not None and across_parts:
        text += f", in the parts {', '.join(sorted({str(parts[row]) for row in rows} - {''}))}"
    if len(rows) > 2:
        text += f"; {len(rows)} images hang together so"
    worse = across_parts or _refused_labels(manifest, kind, rows, pairs)
    leak = worse or (several and kind != RECUT)
    score = max(pair.likeness for pair in pairs)
    return Finding(kind, tuple(rows), score, text, leak, merge=leak and not worse)


def _refused_labels(manifest: Manifest, kind: str, rows: list[int], pairs: list[Twins]) -> bool:
    """Whether a study refuses a set for its labels: images with equal pixels must have one, and so
    must two patients' images that are as good as equal."""
    if not manifest.labelled or kind == RECUT:
        return False
    if kind == EXACT:
        return manifest.contradict(np.array(rows))
    ends = [np.array([pair.one, pair.other]) for pair in pairs]
    patients = manifest.groups
    return any(len(set(patients[two])) > 1 and manifest.contradict(two) for two in ends)
