"""Whatever a table holds, it gives a manifest that keeps its word, or one message."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks.leaks import LEAKS, fault, plant, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError

NAMES = ["image", "label", "patient", "video", "split", "source", "mask", "file", "", " image", "é"]
CELLS = st.one_of(
    st.sampled_from(["a.png", "b.png", "../a.png", "/etc/passwd", "~/a.png", "a.npz::x::1", "."]),
    st.sampled_from(["normal", "Normal", "nor mal", "viral", "NaN", "p1", "p2", "\0", "x" * 5000]),
    st.text(max_size=6),
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A CSV file as some program might write it, mostly regular and with the columns it takes."""
    seldom = st.integers(0, 9).map(lambda n: n == 0)
    others = st.lists(st.sampled_from(NAMES[3:]), max_size=3, unique=not draw(seldom))
    header = [*NAMES[draw(seldom) : 3], *draw(others)]
    width = len(header) + draw(seldom)
    rows = st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=not draw(seldom))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=draw(st.sampled_from(",;\t")), quoting=csv.QUOTE_ALL)
    writer.writerows([header, *draw(rows)])
    return file.getvalue() if draw(st.booleans()) else file.getvalue().replace('"', "")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("manifest") / "images.csv"


def assert_sound(manifest: Manifest, lines: int) -> None:
    assert len(manifest) == len(manifest.labels) == len(manifest.groups) > 0
    assert len(set(manifest.classes)) == len(manifest.classes) > 0
    assert "" not in manifest.classes
    assert [manifest.classes[label] for label in manifest.labels] == list(manifest.table["label"])
    rows = list(manifest.table["row"])
    assert rows == sorted(set(rows))
    assert 2 <= rows[0] <= rows[-1] <= lines
    for problem in manifest.problems:
        assert re.match(r"row \d+ |labels .*: row |class ", problem, re.DOTALL)
    assert len(manifest.key) == 64


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    text=tables(),
    columns=st.just({}) | st.dictionaries(st.just("site"), st.sampled_from(NAMES)),
    where=st.just({}) | st.dictionaries(st.just("label"), st.sampled_from(["*", "?*", "[", "n*"])),
    classes=st.none() | st.lists(st.sampled_from(["normal", "viral", ""]), min_size=1, max_size=2),
    image_is_patient=st.sampled_from([False, False, False, True]),
)
def test_any_table_gives_a_sound_manifest_or_one_message(
    path: Path, text: str, **settings: Any
) -> None:
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        manifest = read_manifest(path, **settings)
    except InputError as error:
        assert str(error)
        return
    assert_sound(manifest, lines=text.count("\n") + text.count("\r") + 1)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(contents=st.binary())
def test_any_bytes_give_one_message(path: Path, contents: bytes) -> None:
    for name in ("images.csv", "images.npz"):
        path.with_name(name).write_bytes(contents)
        with pytest.raises(InputError, match=re.escape(name)):
            read_manifest(path.with_name(name))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(leak=st.sampled_from(sorted(LEAKS)), seed=st.integers(1000, 10**6))
def test_leaks_are_refused_by_row_and_sound_manifests_are_not(
    leak: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    planted = plant(leak, tmp_path_factory.mktemp("leak"), seed)
    assert not fault(planted, refusal(planted.path))
