"""A step's key is the content of all that decides its result."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from pleura.errors import PleuraError
from pleura.study import step as step_module
from pleura.study.step import Step, code_digest, parsed


def step(spec: dict[str, object], *parents: Step, module: str = "pleura.randomness") -> Step:
    return Step("fit", "title", spec, (module,), parents)


def test_keys_follow_spec_parents_and_code_but_not_the_title() -> None:
    one = step({"a": 1})
    assert one.key == Step("fit", "other title", {"a": 1}, ("pleura.randomness",)).key
    others = [
        step({"a": 2}),
        step({"a": 1}, one),
        step({"a": 1}, step({"a": 2})),
        step({"a": 1}, module="pleura.errors"),
        Step("head", "title", {"a": 1}, ("pleura.randomness",)),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6


def test_comments_and_docstrings_do_not_change_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = {
        "plain": "def f(x):\n    return x + 1\n",
        "talkative": '"""Doc."""\n\n# why\ndef f(x):\n    """Adds."""\n    return x   +   1\n',
        "different": "def f(x):\n    return x + 2\n",
    }
    for name, text in texts.items():
        (tmp_path / f"code_{name}.py").write_text(text)
    importlib.invalidate_caches()
    plain, talkative, different = (code_digest(f"code_{name}") for name in texts)
    assert plain == talkative
    assert plain != different
    assert "code_plain" not in sys.modules


def test_code_that_is_imported_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = {
        "pleura.a": "from pleura.b import f\n",
        "pleura.b": "import pleura.c\n",
        "pleura.c": "x = 1\n",
    }
    monkeypatch.setattr(step_module, "_tree", lambda name: ast.parse(trees[name]))
    monkeypatch.setattr(step_module, "_is_module", lambda name: name in trees)
    forget()
    before = code_digest("pleura.a")
    forget()
    trees["pleura.c"] = "x = 2\n"
    assert code_digest("pleura.a") != before
    forget()


def forget() -> None:
    code_digest.cache_clear()
    parsed.cache_clear()


def test_no_library_is_loaded_to_digest_code() -> None:
    code = (
        "import sys\nfrom pleura.study.step import code_digest\n"
        "from pleura.study.steps.listed import KINDS, module_of\n"
        "print(len({code_digest(module_of(kind)) for kind in KINDS}))\n"
        "print([name for name in ('torch', 'captum', 'numpy') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.split("\n")[:2] == ["17", "[]"]


def test_paths_are_no_part_of_a_key() -> None:
    here = Step("fit", "t", {"a": 1}, (), places={"weights": "/here"})
    assert here.key == Step("fit", "t", {"a": 1}, (), places={"weights": "/there"}).key


def test_done_only_when_finished(tmp_path: Path) -> None:
    one = step({"a": 1})
    assert not one.is_done(tmp_path)
    one.folder(tmp_path).mkdir()
    (one.folder(tmp_path) / "weights.safetensors").write_bytes(b"")
    assert not one.is_done(tmp_path)
    one.finish(tmp_path, {"score": 0.5})
    assert one.is_done(tmp_path)
    assert one.result(tmp_path) == {"score": 0.5}


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    one = step({"a": 1})
    one.finish(tmp_path, {})
    (one.folder(tmp_path) / "done.json").write_text("{")
    with pytest.raises(PleuraError, match=r"done\.json: damaged"):
        one.result(tmp_path)
