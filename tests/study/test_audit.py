"""The audit before a study: suspects are written down, leaks stop it."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.data.audit.detectors import find_faults
from pleura.data.audit.finding import Finding
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError
from pleura.study import audit as audits
from pleura.study.audit import SHOWN, audit
from pleura.study.context import Context
from pleura.tables import AUDIT
from tests.check.made_images import write_images


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
    audit(context, said.append)
    audit(context, said.append)
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
        audit(context, lambda _: None)
    assert "turned" not in str(stopped.value)
    assert not (context.out / AUDIT).exists()


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
        audit(context, lambda _: None)


def test_that_nothing_was_found_is_written_too(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    audit(context, lambda _: None)
    assert pd.read_csv(context.out / AUDIT).empty
