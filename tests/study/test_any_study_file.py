"""Whatever a study file holds: one message, or a study."""

from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.errors import InputError
from pleura.study.study_files import dump_study, make_study, read_study
from tests.study.test_schema import make

ODD = st.sampled_from(["~nobody/x", "\0", "x" * 5000, "../../x", "random", "", ".inf", "pixels: x"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ANY = dump_study(make())
SOUND = yaml.safe_load(dump_study(make(fractions=[0.5, 1.0], seeds={0.5: [0], 1.0: [1]})))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: [1", r"study\.yaml: not readable as YAML: line 2: expected"),
        ("a: 1\nquestion: which: this\n", "line 2: mapping values .*; put quotes around a text"),
        ("a: 1\n b:\n", "line 2: mapping values .*, indent keys of one level alike"),
        ("- 1\n- 2", r"study\.yaml: a study file is a mapping"),
        ("\x00", r"study\.yaml: not readable as YAML: unacceptable character"),
    ],
)
def test_a_file_that_is_no_study(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_study(path)
    assert "<unicode string>" not in str(caught.value)
    with pytest.raises(InputError, match="is a folder, not a study file"):
        read_study(tmp_path)
    with pytest.raises(InputError, match="no such study file"):
        read_study(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=r"study.yml: there is .* did you mean .*study.yaml\?"):
        read_study(tmp_path / "study.yml")


def places(section: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The path of every key of nested mappings."""
    found = []
    for key, value in section.items():
        found += [(key,)]
        if isinstance(value, dict):
            found += [(key, *inner) for inner in places(value)]
    return found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    place=st.sampled_from(places(SOUND)),
    change=st.sampled_from(["replace", "replace", "delete", "rename", "add"]),
    value=ANYTHING,
    name=st.text(min_size=1, max_size=8) | st.integers() | st.none(),
)
def test_any_mutation_is_taken_or_refused_by_name(
    place: tuple[Any, ...], change: str, value: Any, name: Any
) -> None:
    mutated = deepcopy(SOUND)
    *path, key = place
    section = mutated
    for part in path:
        section = section[part]
    if change == "replace":
        section[key] = value
    else:
        kept = section[key] if change == "add" else section.pop(key)
        if change != "delete":
            section[name] = kept
    try:
        study = make_study(mutated, where="here", relative_to=Path("/base"))
    except InputError as error:
        assert "here: the study does not fit" in error.heading
        # Rules that hold between keys name another one, such as the fractions those of the seeds.
        named = (str(place[0]), "seeds: ", "reference: ", "recipes", str(name))
        assert error.problems
        assert all(problem.startswith(named) for problem in error.problems), error.problems
        return
    again = make_study(yaml.safe_load(dump_study(study)), where="here", relative_to=Path("/base"))
    assert again == study


@settings(max_examples=100, deadline=None, derandomize=True)
@given(contents=st.binary() | st.text().map(str.encode), change=st.text(max_size=12))
def test_any_file_and_change_give_one_message(contents: bytes, change: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "study.yaml"
        path.write_bytes(contents)
        with pytest.raises(InputError, match=r"study\.yaml"):
            read_study(path)
        path.write_text(ANY)
        try:
            read_study(path, [change])
        except InputError as error:
            assert "--set" in str(error) or "does not fit" in str(error)
