"""Heat maps in the report."""

import base64
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.gallery import RECIPES
from pleura.report.sections.heatmaps import HEATMAPS, failed_maps, heatmap_table, read_heatmaps
from tests.report.conftest import find
from tests.report.written import write_report

SVG = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'


def write_maps(folder: Path, correlations: dict[str, float | None]) -> None:
    """A hit and a miss of each recipe, whose finer maps have the correlation given for it."""
    (folder / "panels").mkdir(exist_ok=True)
    rows = []
    for number, (recipe, correlation) in enumerate(correlations.items()):
        for hit in (True, False):
            file = f"heatmap_{number}_{hit:d}.svg"
            (folder / "panels" / file).write_text(SVG)
            rows.append(
                {
                    "recipe": recipe,
                    "file": file,
                    "image": "/data/folder/image.png",
                    "patient": "NA",
                    "label": "VIRUS" if hit else "NORMAL",
                    "predicted": "VIRUS",
                    "probability": 0.9,
                    "hit": hit,
                    "cut": "block3",
                    "grid": 24,
                    "correlation_with_random": correlation,
                    "last_cut": "head",
                    "last_grid": 3,
                    "last_correlation_with_random": 0.1,
                }
            )
    pd.DataFrame(rows).to_csv(folder / "panels" / "heatmaps.csv", index=False)


def read(folder: Path) -> tuple[ClassifierFolder, Findings]:
    contents = read_classifiers(folder)
    return contents, find(contents)


def test_hits_and_misses_of_every_recipe(make_study: Callable[..., Path]) -> None:
    folder = make_study()
    write_maps(folder, {"scratch": 0.2, "fine-tuning": 0.1, "unknown": 0.1})
    maps = read_heatmaps(*read(folder))
    assert {each.title for each in maps} == {"scratch", "fine-tuning"}
    hits, misses = maps[0].blocks
    assert (hits.title, misses.title) == ("Hits", "Misses")
    (hit,), (miss,) = hits.shots, misses.shots
    assert hit.caption == "<b>VIRUS</b> (.900)"
    assert miss.caption == "<b>NORMAL</b>, taken for <b>VIRUS</b> (.900)"
    assert hit.lines == ["patient NA · image.png"]
    assert maps[0].detail == (
        "Grad-CAM at head, 3 × 3: too coarse to be shown · HiRes-CAM at block3, 24 × 24"
    )
    content = base64.b64decode(hit.picture.removeprefix("data:image/svg+xml;base64,"))
    assert content.decode() == SVG


def test_pictures_that_are_absent_elsewhere_or_no_svg_are_left_out(
    make_study: Callable[..., Path],
) -> None:
    folder = make_study()
    write_maps(folder, {"scratch": 0.2})
    panels = folder / "panels"
    (panels / "heatmap_0_0.svg").write_text("<html>")
    (panels / "heatmap_0_1.svg").rename(folder / "outside.svg")
    (panels / "heatmap_0_1.svg").symlink_to(folder / "outside.svg")
    (maps,) = read_heatmaps(*read(folder))
    assert maps.blocks == []


def test_a_map_that_knows_only_the_image_is_named(make_study: Callable[..., Path]) -> None:
    folder = make_study()
    write_maps(folder, {"scratch": 0.8, "fine-tuning": 0.1, "feature extraction": None})
    contents, findings = read(folder)
    assert failed_maps(contents.table(HEATMAPS), findings) == ["HiRes-CAM of “scratch” (.800)"]
    page = write_report(folder).read_text(encoding="utf-8")
    assert "what was learned: HiRes-CAM of “scratch” (.800). Do not read them as reasons." in page
    table = heatmap_table(contents.table(HEATMAPS), findings)
    assert table
    verdicts = {(row[0].text, row[1].text): row[-1] for row in table.rows}
    failed = verdicts["scratch", "HiRes-CAM, finer"]
    assert (failed.text, failed.tone) == ("Shows the image, not what was learned", "bad")
    assert verdicts["fine-tuning", "HiRes-CAM, finer"].text == "Changes with the weights"
    unknown = verdicts["feature extraction", "HiRes-CAM, finer"]
    assert unknown.text == "not known: the maps are empty"
    write_maps(folder, {"scratch": 0.4})
    contents, findings = read(folder)
    assert failed_maps(contents.table(HEATMAPS), findings) == []
    page = write_report(folder).read_text(encoding="utf-8")
    assert "No map fails the check with weights drawn anew." in page


def test_of_maps_of_few_positions_there_is_no_verdict(make_study: Callable[..., Path]) -> None:
    folder = make_study()
    write_maps(folder, {"scratch": 0.8})
    table = pd.read_csv(folder / "panels" / "heatmaps.csv").assign(grid=6)
    table.to_csv(folder / "panels" / "heatmaps.csv", index=False)
    contents, findings = read(folder)
    assert failed_maps(contents.table(HEATMAPS), findings) == []
    check = heatmap_table(contents.table(HEATMAPS), findings)
    assert check
    assert {row[-1].text for row in check.rows} == {"Too coarse to be judged"}
    page = write_report(folder).read_text(encoding="utf-8")
    assert "positions or more, so that none is judged." in page
    assert "No map fails" not in page


def test_of_many_recipes_the_best_and_the_reference_are_shown(
    make_study: Callable[..., Path],
) -> None:
    skills = {f"recipe {i}": 2 + 0.1 * i for i in range(12)} | {"scratch": 0.5}
    folder = make_study(skills, fractions=(1.0,), seeds=(0,))
    write_maps(folder, dict.fromkeys(skills, 0.1))
    contents, findings = read(folder)
    shown = [each.title for each in read_heatmaps(contents, findings)]
    assert len(shown) == RECIPES + 1
    assert shown[-1] == "scratch"
    table = heatmap_table(contents.table(HEATMAPS), findings)
    assert table
    assert len(table.rows) == 2 * len(skills)


def test_on_the_page(make_study: Callable[..., Path]) -> None:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    write_maps(folder, {"scratch": 0.2, "fine-tuning": 0.1})
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#heatmaps"' in page
    assert page.count("data:image/svg+xml;base64,") == 4
    assert 'id="similarity"' not in page
    assert "/data/folder" not in page[page.index('id="heatmaps"') :]
