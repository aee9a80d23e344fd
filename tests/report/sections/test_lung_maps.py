"""Where heat maps lie against the lungs, in the report."""

from pathlib import Path
from shutil import copytree

import pandas as pd

from pleura.evaluate.attention import GRAD, HIRES, METHODS
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.canvas import house_style
from pleura.report.section import Group, Words
from pleura.report.sections.lungs.dependence import ALL, MAPS, SURE, find_lungs
from pleura.report.sections.lungs.section import SECTION, coarse_maps, lung_figure
from pleura.report.sections.lungs.tables import attention_table, class_table
from pleura.report.table import Table
from tests.report.conftest import study_of
from tests.report.made_classifiers import CLASSES
from tests.report.sections.hidden_lungs import SKILLS, Found, picture
from tests.report.written import write_report


def test_heat_maps_against_the_share_of_the_area(lungs_found: Found) -> None:
    _, findings, lungs = lungs_found
    table = attention_table(lungs, findings, ALL)
    assert table
    assert len(table.rows) == 2 * len(SKILLS)
    rows = {(row[0].text, row[1].text): row for row in table.rows}
    cheat, honest = (rows[recipe, METHODS[0]] for recipe in ("cheat", "honest"))
    assert cheat[1].detail == "14 × 14"
    assert cheat[4].text.startswith("−.2")
    assert honest[4].text.startswith("+.3")
    assert (honest[3].text, honest[5].text) == (".300", "–")
    assert cheat[5].text.startswith("−.5")
    assert sum(int(row[-1].text) for row in table.rows) == 1
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_doubtful_masks_are_left_out_of_further_tables(lungs_found: Found) -> None:
    contents, findings, lungs = lungs_found
    assert [*lungs.hidden] == [ALL, SURE]
    assert (lungs.images, lungs.doubtful) == (190, 20)
    study = study_of(contents, findings)
    blocks = list(SECTION.blocks(study, lungs))
    assert [each.title for each in blocks if isinstance(each, Table)] == [
        "AUROC with and without the lungs",
        "AUROC with and without the lungs; doubtful masks left out",
        "AUROC with and without the lungs, by class",
        "Heat maps in the lungs",
        "Heat maps in the lungs; doubtful masks left out",
    ]
    assert not [each for each in blocks if isinstance(each, Group)]
    by_class = class_table(lungs, findings)
    assert by_class
    assert len(by_class.rows) == len(SKILLS) * len(CLASSES)


def test_the_figure_has_an_interval_a_recipe_and_method(lungs_found: Found) -> None:
    _, findings, lungs = lungs_found
    with house_style():
        figure = lung_figure(lungs, findings)
    assert figure
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(findings.looks)
    separators = 1 + len(SKILLS) - 1  # zero, and between rows
    assert len(left.lines) == 2 * len(SKILLS) + separators
    assert len(right.lines) == 4 * len(SKILLS) + separators


def test_on_the_page(with_lungs: Path, tmp_path: Path) -> None:
    folder = copytree(with_lungs, tmp_path / "study")
    picture(folder, "cheat")
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#lungs"' in page
    assert "Does it look at the lungs?" in page
    assert "Where heat maps lie" in page
    assert page.count("data:image/svg+xml;base64,") == 1
    assert ".410 of the map in the lungs, .300 of the area; the mask is doubtful" in page
    assert "/data/a.png" not in page
    assert page.index("The answer hardly needs the lungs") < page.index('id="results"')


def coarser(contents: ClassifierFolder, method: str, side: int, recipe: str) -> ClassifierFolder:
    """The study with maps of few positions, of one recipe's first seed."""
    maps = contents.table(MAPS).copy()
    here = (maps["method"] == method) & (maps["recipe"] == recipe) & (maps["seed"] == 0)
    maps.loc[here, "grid"] = side
    return contents.with_table(MAPS, maps)


def test_of_coarse_maps_no_place_is_told(lungs_found: Found) -> None:
    """Seven positions a side are enough; with six in one run, the recipe's maps are left out."""
    contents, findings, before = lungs_found
    assert before.coarse == ()
    lungs = find_lungs(coarser(contents, GRAD, 6, "cheat"), findings)
    assert lungs
    assert lungs.coarse == (("cheat", GRAD),)
    assert coarse_maps(lungs, findings) == ["Grad-CAM of “cheat” (6 × 6 and 7 × 7)"]
    of_cheat = {key[2] for key in lungs.means if key[1] == "cheat"}
    assert of_cheat == {HIRES}
    assert not [key for key in lungs.compared if key[1:3] == ("cheat", GRAD)]
    table = attention_table(lungs, findings, ALL)
    assert table
    rows = [(row[0].text, row[1].text) for row in table.rows]
    assert len(rows) == 2 * len(SKILLS) - 1
    assert ("cheat", GRAD) not in rows
    # What hiding the lungs shows does not hang on maps, nor does what is known of masks.
    assert repr(lungs.hidden) == repr(before.hidden)
    assert (lungs.images, lungs.doubtful, lungs.overlap) == (190, 20, before.overlap)


def test_a_reference_of_coarse_maps_has_none_compared_with_it(lungs_found: Found) -> None:
    contents, findings, _ = lungs_found
    lungs = find_lungs(coarser(contents, GRAD, 3, "honest"), findings)
    assert lungs
    assert {key[2] for key in lungs.compared} == {HIRES}


def test_left_out_maps_are_named_on_the_page_and_their_images_not_shown(
    with_lungs: Path, tmp_path: Path
) -> None:
    folder = copytree(with_lungs, tmp_path / "study")
    picture(folder, "cheat")
    maps = pd.read_csv(folder / "attention.csv")
    maps.loc[maps["recipe"] == "cheat", "grid"] = 4
    maps.to_csv(folder / "attention.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8").replace("&nbsp;", " ")
    assert (
        "A map of fewer than 7 × 7 positions tells no place in a lung. Left out of figure, tables "
        "and images for that: HiRes-CAM of “cheat” (4 × 4); Grad-CAM of “cheat” (4 × 4)."
    ) in page
    assert "data:image/svg+xml;base64," not in page


def test_without_any_finer_map_that_alone_is_told(lungs_found: Found) -> None:
    contents, findings, _ = lungs_found
    maps = contents.table(MAPS)
    contents = contents.with_table(MAPS, maps.assign(grid=1))
    lungs = find_lungs(contents, findings)
    assert lungs
    assert not lungs.means
    assert not lungs.compared
    blocks = list(SECTION.blocks(study_of(contents, findings), lungs))
    assert [each.title for each in blocks if isinstance(each, Table)] == [
        "AUROC with and without the lungs",
        "AUROC with and without the lungs; doubtful masks left out",
        "AUROC with and without the lungs, by class",
    ]
    names = [each.name for each in blocks if isinstance(each, Words)]
    assert names == ["facts", "hidden", "heading", "coarse"]
