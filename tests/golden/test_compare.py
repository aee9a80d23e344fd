"""Both sides of a comparison are asked what the old one was; what is new besides is named."""

import json
import shutil
import subprocess
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from tests.golden import compare, shown
from tests.golden.compare import HERE, NAMES
from tests.golden.sides import Side, not_compared, old_side

STUDY = "question: Which\nrecipes:\n  a: {strategy: one}\n"


def checkout(folder: Path, **studies: str) -> Side:
    """A checkout with these studies, whose images and performing are this one's."""
    golden = folder / "tests" / "golden"
    (golden / "studies").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "src" / "code.py").write_text("")
    for name in ("images.py", "perform.py"):
        shutil.copy(HERE / name, golden / name)
    for name, text in studies.items():
        (golden / "studies" / f"{name}.yaml").write_text(text)
    return Side(folder.name, folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STUDY, ""),
        (f"# A remark.\n{STUDY}", ""),
        (f"{STUDY}  b: {{strategy: two}}\n  c: {{}}\n", "recipe b, recipe c"),
        (f"{STUDY}steps:\n  early: {{task: selfsup}}\n", "step early"),
        (f"{STUDY}seeds: [0]\n", "seeds"),
        (STUDY.replace("one", "two"), "what else its file says otherwise"),
        ("question: Which\n", "what else its file says otherwise"),
    ],
)
def test_what_only_the_new_study_has_is_named(tmp_path: Path, text: str, told: str) -> None:
    old, new = checkout(tmp_path / "old", s=STUDY), checkout(tmp_path / "new", s=text, t=STUDY)
    line = f"s: both sides run the old one; not compared: {told}" if told else ""
    assert not_compared("s", old, new) == line
    assert "only the new side has this study" in not_compared("t", old, new)
    (new.golden / "images.py").write_text("")
    assert not_compared("s", old, new).endswith("its images")


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_the_studies_of_a_commit_are_those_that_it_had(tmp_path: Path) -> None:
    repository = checkout(tmp_path / "repository", s=STUDY)

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        command = ("git", "-C", str(repository.checkout), *who, *arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD")[:12]
    before = repository.digest()
    repository.study("s").write_text(STUDY + "  b: {}\n")
    (tmp_path / "out" / "code" / commit / "src").mkdir(parents=True)  # of the code alone
    old = old_side("HEAD", repository.golden, tmp_path / "out")
    assert (old.name, old.digest()) == (commit, before)
    assert old.digest() != repository.digest()
    assert old.study("s").read_text() == STUDY
    assert (old.code / "code.py").exists()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str, str]]:
    """Studies are only pretended to be run; by whom, where and what is noted."""
    noted = []

    def perform(verb: str, side: Side, given: Path, runs: Path, names: Collection[str]) -> None:
        for name in names:
            noted.append((f"{verb} {side.name}", given.name, name))
            (runs / name).mkdir(parents=True, exist_ok=True)
            text = (given / "studies" / f"{name}.yaml").read_text(encoding="utf-8")
            page = '<section id="biases">' if "bitfit" in text else ""
            for file, content in (("report.html", page), ("study.yaml", text)):
                (runs / name / file).write_text(content, encoding="utf-8")
            (runs / name / "handed_over.npz").touch()
        if verb == "read" and names:
            (runs / "executed.json").write_text(json.dumps(["report/page.py"]), encoding="utf-8")

    monkeypatch.setattr(compare, "perform", perform)
    monkeypatch.setattr(shown, "COVERED", tmp_path / "covered.json")
    return noted


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Compares with a checkout from before BitFit, which lacks a whole study, too."""
    old = checkout(tmp_path / "old")
    shutil.rmtree(old.golden / "studies")
    shutil.copytree(HERE / "studies", old.golden / "studies")
    old.study("folds").unlink()
    lines = old.study("strategies").read_text(encoding="utf-8").splitlines(keepends=True)
    without = [line for line in lines if "bitfit" not in line]
    old.study("strategies").write_text("".join(without), encoding="utf-8")

    def compared(*arguments: str) -> int:
        out = str(tmp_path / "out")
        monkeypatch.setattr("sys.argv", ["compare", str(old.checkout), "--out", out, *arguments])
        return compare.main()

    return compared


def test_both_sides_run_what_the_old_one_has(
    run: Callable[..., int],
    asked: list[tuple[str, str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--only", "strategies", "folds", "reverse") == 0
    assert [who for who in asked if who[2] != "reverse"] == [
        (verb, "out", "strategies") for verb in ("run folder", "run new", "read new")
    ]
    told = capsys.readouterr().out
    assert "2 of 2 studies are the same" in told
    assert "strategies: both sides run the old one; not compared: recipe BitFit\n" in told
    assert "folds: not compared, only the new side has this study\n" in told


def test_what_is_covered_is_told_by_the_studies_of_this_checkout(
    run: Callable[..., int], asked: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    assert run("--record") == 0
    covered = json.loads((tmp_path / "covered.json").read_text(encoding="utf-8"))
    assert covered["sections"] == ["classification biases"]
    assert covered["report"] == ["report/page.py"]
    own = {("run new", "own", name) for name in ("folds", "strategies")}
    assert {who for who in asked if who[:2] == ("run new", "own")} == own
    assert sum(who[0] == "run folder" for who in asked) == len(NAMES) - 1
    assert run() == 0
    (tmp_path / "covered.json").write_text(json.dumps(covered | {"sections": []}))
    assert run() == 1


def test_some_studies_alone_record_nothing(
    run: Callable[..., int], asked: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(SystemExit):
        run("--only", "reverse", "--record")
    assert asked == []
