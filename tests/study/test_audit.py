"""The audit before a study: suspects are written down, leaks stop it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.data.audit.collection import Collection
from pleura.data.audit.detectors import find_faults
from pleura.data.audit.finding import Finding
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule, SplitRule
from pleura.data.split import make_split
from pleura.errors import InputError, PleuraError
from pleura.study import audit as audits
from pleura.study.audit import SHOWN, audit
from pleura.study.context import Context
from pleura.tables import AUDIT
from tests.check.made_images import write_images

DRAWN = SplitRule(test=0.4, validation=0.2)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    manifest = read_manifest(write_images(tmp_path, 12, lambda i: {"label": "ab"[i % 2]}))
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    rule = Rule(test=0.4, validation=0.2, seeds=[0], fractions=[1.0])
    return Context(tmp_path, manifest, bank, make_split(manifest, rule), 1, "cpu")


def plant(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> list[int]:
    """Detectors that find just that; how often they were asked is counted."""
    asked: list[int] = []

    def find(collection: object) -> tuple[Finding, ...]:
        asked.append(1)
        return findings

    monkeypatch.setattr(audits, "find_faults", find)
    return asked


def test_suspects_are_left_with_pictures_and_looked_for_once(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [Finding("inverted", (row,), 1.0, f"row {row}") for row in range(SHOWN + 2)]
    asked, said = plant(monkeypatch, *every), list[str]()
    audit(context, said.append, DRAWN)
    audit(context, said.append, DRAWN)
    assert asked == [1]
    assert said == [
        f"note: audit: {SHOWN + 2} suspects: inverted ({SHOWN + 2}); the report shows them"
    ]
    table = pd.read_csv(context.out / AUDIT, keep_default_na=False)
    assert table["images"].tolist()[:2] == ["i00.png", "i01.png"]
    assert (table["file"] != "").sum() == SHOWN
    assert len(list((context.out / "panels").glob("audit_*.png"))) == SHOWN


def test_a_leak_stops_with_every_leak_named(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaks = [Finding("twins", (i, i + 1), 1.0, f"pair {i}", leak=True) for i in (0, 4)]
    plant(monkeypatch, *leaks, Finding("inverted", (7,), 1.0, "turned"))
    with pytest.raises(InputError, match=r"(?s)pair 0.*pair 4") as stopped:
        audit(context, lambda _: None, DRAWN)
    assert "turned" not in str(stopped.value)
    assert not (context.out / AUDIT).exists()


@pytest.mark.parametrize("allowed", [0, 1, 2, 3])
def test_nothing_is_written_into_a_folder_that_another_run_has_taken_over(
    allowed: int, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the run has ended, or was paused for long, while images were looked at."""
    plant(monkeypatch, Finding("inverted", (7,), 1.0, "turned"))
    asked = iter(range(allowed))

    def check() -> None:
        if next(asked, None) is None:
            raise PleuraError("another run has taken this folder over")

    with pytest.raises(PleuraError, match="another run"):
        audit(context, lambda _: None, DRAWN, check)
    assert len(list((context.out / "panels").glob("audit_*.png"))) == (allowed > 1)
    assert (context.out / AUDIT).exists() == (allowed > 2)
    assert not (context.out / "bank" / audits.MEMORY).exists()


def test_a_table_that_is_cut_off_is_written_anew(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = plant(monkeypatch, Finding("inverted", (7,), 1.0, "turned"))
    audit(context, lambda _: None, DRAWN)
    table = (context.out / AUDIT).read_bytes()
    for contents, times in ((table, 1), (table[:-9], 2), (b"", 3)):
        (context.out / AUDIT).write_bytes(contents)
        audit(context, lambda _: None, DRAWN)
        assert (context.out / AUDIT).read_bytes() == table
        assert len(asked) == times


def test_the_detectors_of_the_audit_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = [*range(11), 3]  # the last image is that of another patient
    manifest = read_manifest(write_images(tmp_path, 12, lambda i: {"label": "ab"[i % 2]}, seeds))
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    rule = Rule(test=0.4, validation=0.2, seeds=[0], fractions=[1.0])
    context = Context(tmp_path, manifest, bank, make_split(manifest, rule), 1, "cpu")
    monkeypatch.setattr(audits, "find_faults", find_faults)
    with pytest.raises(InputError, match=r"i03\.png.*i11\.png"):
        audit(context, lambda _: None, DRAWN)


def test_images_cut_differently_on_both_sides_of_a_drawn_split_are_told_and_do_not_stop(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = next(iter(context.split.drawn.values()))
    across = int(parts.test[0]), int(parts.train[0])
    inside = int(parts.train[0]), int(parts.train[1])
    pairs = [Finding("cut differently", rows, 1.0, "one") for rows in (across, inside)]
    plant(monkeypatch, *pairs)
    audit(context, lambda _: None, DRAWN)
    table = pd.read_csv(context.out / AUDIT)
    assert table["leak"].tolist() == [True, False]
    assert table["text"].tolist() == ["one; they stand on both sides of the split", "one"]


def test_published_parts_are_given_to_the_detectors(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = ["Train", "val", "test", ""] * 3
    manifest = replace(context.manifest, table=context.manifest.table.assign(split=cells))
    seen: list[Collection] = []

    def find(collection: Collection) -> tuple[Finding, ...]:
        seen.append(collection)
        return ()

    monkeypatch.setattr(audits, "find_faults", find)
    published = replace(context, manifest=manifest)
    for validation in ("split", 0.2, 0.2):
        audit(published, lambda _: None, SplitRule(test="split", validation=validation))
    found = [None if of.parts is None else of.parts[:4].tolist() for of in seen]
    assert found == [["train", "validation", "test", ""], ["train", "train", "test", ""]]


def test_that_nothing_was_found_is_written_too(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    audit(context, lambda _: None, DRAWN)
    assert pd.read_csv(context.out / AUDIT).empty
