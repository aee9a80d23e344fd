"""A step's key is the content of all that decides its result."""

import json
from pathlib import Path
from typing import Any

import pytest

from pleura.errors import PleuraError
from pleura.study.folder import undo_damaged
from pleura.study.step import Step

VERSIONS = {"step fit": 1, "training loop": 1}


def step(spec: dict[str, object], *parents: Step, loop: int = 1) -> Step:
    return Step("fit", "title", spec, {**VERSIONS, "training loop": loop}, parents)


def test_keys_follow_spec_parents_and_versions_but_not_the_title() -> None:
    one = step({"a": 1})
    assert one.key == Step("fit", "other title", {"a": 1}, VERSIONS).key
    others = [
        step({"a": 2}),
        step({"a": 1}, one),
        step({"a": 1}, step({"a": 2})),
        step({"a": 1}, loop=2),
        Step("head", "title", {"a": 1}, VERSIONS),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6


def test_the_question_does_not_follow_versions_its_own_or_those_of_parents() -> None:
    after = [step({"b": 1}, step({"a": 1}, loop=loop)) for loop in (1, 2)]
    assert after[0].question == after[1].question == step({"b": 1}, step({"a": 1}), loop=3).question
    assert after[0].key != after[1].key
    assert after[0].question != step({"b": 1}, step({"a": 2})).question


def test_paths_are_no_part_of_a_key() -> None:
    here = Step("fit", "t", {"a": 1}, VERSIONS, places={"weights": "/here"})
    assert here.key == Step("fit", "t", {"a": 1}, VERSIONS, places={"weights": "/there"}).key


def test_done_only_when_finished(tmp_path: Path) -> None:
    one = step({"a": 1})
    assert not one.is_done(tmp_path)
    one.folder(tmp_path).mkdir()
    (one.folder(tmp_path) / "weights.safetensors").write_bytes(b"")
    assert not one.is_done(tmp_path)
    one.finish(tmp_path, {"score": 0.5})
    assert one.is_ready(tmp_path)
    assert one.result(tmp_path) == {"score": 0.5}


def test_not_ready_where_a_file_was_cut_short(tmp_path: Path) -> None:
    one = step({"a": 1})
    weights = one.folder(tmp_path) / "weights.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"1234")
    one.finish(tmp_path, {}, weights.name)
    assert one.is_ready(tmp_path)
    weights.write_bytes(b"12")
    assert one.is_done(tmp_path)
    assert not one.is_ready(tmp_path)


RECORD: dict[str, Any] = {"key": Step("fit", "a", {"a": 1}, {}).key, "result": {}, "files": {}}


@pytest.mark.parametrize(
    "record",
    [
        *([1, 2], "x", None, {}),
        *({key: value for key, value in RECORD.items() if key != left} for left in RECORD),
        *(RECORD | {"result": result} for result in (None, [1], "x")),
        *(RECORD | {"files": files} for files in (None, ["a"], {"a": "12"})),
        RECORD | {"key": "0" * 64},
    ],
    ids=str,
)
def test_a_record_without_its_parts_or_of_another_step_is_damaged(
    record: Any, tmp_path: Path
) -> None:
    one, said = Step("fit", "a", {"a": 1}, {}), list[str]()
    one.finish(tmp_path, {})
    path = one.folder(tmp_path) / "done.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(PleuraError, match=r"done\.json: damaged"):
        one.result(tmp_path)
    undo_damaged([one], tmp_path, said.append)
    assert not one.is_done(tmp_path)
    assert len(said) == 1


def test_what_a_record_does_not_say_is_named_and_what_it_says_besides_is_let_be(
    tmp_path: Path,
) -> None:
    one = Step("fit", "a", {"a": 1}, {})
    one.finish(tmp_path, {"later": 1})
    path = one.folder(tmp_path) / "done.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"of later": 2}), encoding="utf-8")
    assert one.is_whole(tmp_path)
    with pytest.raises(PleuraError, match=r"done\.json: its result has no 'score'; delete"):
        one.result(tmp_path)["score"]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    one = step({"a": 1})
    one.finish(tmp_path, {})
    (one.folder(tmp_path) / "done.json").write_text("{")
    with pytest.raises(PleuraError, match=r"done\.json: damaged"):
        one.result(tmp_path)
