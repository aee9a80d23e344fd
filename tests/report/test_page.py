"""The whole report."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.report.classification import ClassifierFolder
from tests.report.written import write_report

MakeStudy = Callable[..., Path]

VOID = {"meta", "link", "br", "img", "input", "hr"}
SHORT = {"scratch": 1.0, "fine-tuning": 2.2, "pixels: random forest": 0.5}

pytestmark = pytest.mark.usefixtures("drawn_figures")


class Page(HTMLParser):
    """Tags, ids, references and text of a page; fails on tags that are not closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.html = path.read_text(encoding="utf-8")
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(self.html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


@pytest.fixture(scope="module")
def page(contents: ClassifierFolder) -> Page:
    before = dict(mpl.rcParams)
    path = write_report(contents.path)
    assert dict(mpl.rcParams) == before
    return Page(path)


def test_it_stands_alone(page: Page) -> None:
    assert page.links
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert "@import" not in page.html
    outside = set(re.findall(r"https?://[^\s\"'<]+", page.html))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_ids_are_unique_and_references_lead_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    inner |= set(re.findall(r"url\(#([^)]+)\)", page.html))
    assert inner <= set(page.ids)


def test_order_of_contents(page: Page) -> None:
    order = [
        *("Does ImageNet help", "beats scratch by", "Before believing it", "Macro AUROC"),
        *("Macro AUROC against labels", "Learning curves", "ROC and precision-recall", "Confusion"),
        *("Sensitivity and specificity", "Patients and images", "Where the weights come from"),
        *("Tuning and test evaluations", "Reproduce it", "How to read it"),
    ]
    found = page.text.index(order[0])
    for words in order[1:]:
        found = page.text.index(words, found)
    assert "From the folder above this one:" in page.text
    assert "pleura study run 'first look/study.yaml' --out 'first look'" in page.text
    assert page.tags.count("h1") == 1


def test_everything_from_the_user_is_escaped(make_study: MakeStudy) -> None:
    evil = "<script>alert(1)</script>\"' & $x^{2}$"
    folder = make_study(
        {"scratch": 1.0, evil: 2.0},
        fractions=(1.0,),
        seeds=(0,),
        classes=("<b>bold</b>", "b$a$", "{{ 7 * 7 }}"),
        question=f"Is {evil} safe?",
    )
    (folder / "notes.json").write_text('["<img src=x onerror=alert(1)>"]')
    page = Page(write_report(folder))
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert "bold</b>" in page.text
    assert f"Is {evil} safe?" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_equal_inputs_give_equal_bytes(make_study: MakeStudy) -> None:
    folder = make_study(SHORT, fractions=(1.0,))
    first = write_report(folder).read_bytes()
    figure = ElementTree.parse(folder / "figures" / "forests_0.svg").getroot()
    assert figure.tag.endswith("svg")
    assert write_report(folder).read_bytes() == first


def test_tables_are_those_of_the_evaluation(make_study: MakeStudy) -> None:
    folder = make_study(SHORT, fractions=(1.0,), metric="auprc", margin=0.02, level=0.9)
    write_report(folder)
    predictions = pd.read_csv(folder / "predictions.csv")
    summary = summarise(predictions, level=0.9)
    found = pd.read_csv(folder / "summary.csv")
    pd.testing.assert_frame_equal(found, summary, rtol=1e-12, check_dtype=False)
    compared = compare(predictions, reference="scratch", metric="auprc", margin=0.02, level=0.9)
    found = pd.read_csv(folder / "comparisons.csv")
    pd.testing.assert_frame_equal(found, compared, rtol=1e-12, check_dtype=False)
    assert "90 % intervals" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_primary_metric_that_the_table_lacks_has_a_column_there(
    make_study: MakeStudy, page: Page
) -> None:
    other = Page(write_report(make_study(SHORT, fractions=(1.0,), seeds=(0,), metric="mcc")))
    assert "Matthews correlation" in other.text
    table = other.html[other.html.index("Recipes and baselines, all labels") :]
    assert "Matthews correlation" in table[: table.index("</table>")]
    assert "Matthews" not in page.text
    # A thirteenth column finds room where each is set closer.
    assert 'class="wide"' in other.html
    assert 'class="wide"' not in page.html


def test_the_top_owns_up(page: Page) -> None:
    top = page.text[: page.text.index("Before believing it")].replace("\u00a0", " ")
    assert "is the best of 3 on the test part" in top
    assert "The model handed over in best/ was chosen on validation." in top
    assert "“as good” and the comparison with the pixel baselines use the interval as it" in top


def test_pixels_that_are_not_beaten_are_told_at_the_top(make_study: MakeStudy) -> None:
    skills = {"scratch": 1.0, "pixels: random forest": 1.05}
    page = Page(write_report(make_study(skills, fractions=(0.1,), seeds=(0,))))
    top = page.text[: page.text.index("Before believing it")]
    alone = top.index("there is no other recipe to compare it with")
    assert alone < top.index("No recipe is shown to beat the pixel baseline “pixels: random")
    heading = re.search(r'<h4 class="([^"]*)">Pixel baselines', page.html)
    assert heading
    assert heading[1] == ""
    assert "As good as" not in top


def test_facts_are_with_the_data_and_evaluations_with_the_tuning(make_study: MakeStudy) -> None:
    data = {"manifest": "/home/me/xrays/labels.csv", "fit": "crop"}
    folder = make_study(SHORT, fractions=(1.0,), seeds=(0,), metric="brier", data=data)
    notes = [
        "5840 of 6109 rows match `where`",
        "patients who share an image count (1 times): a = b",
    ]
    (folder / "notes.json").write_text(json.dumps(notes))
    (folder / "evaluations.json").write_text('{"outcomes": 7}')
    page = Page(write_report(folder))
    before, _, after = page.text.partition("Patients and images")
    assert "6109" not in before
    shown, _, rest = after.partition("Where the weights come from")
    assert "5840 of 6109 rows match the condition “where” below." in shown
    assert "count (once): a = b." in shown
    assert "labels.csv" in shown
    assert "/home/me" not in shown
    assert "although the primary metric is Brier score" in rest
    assert "7 times in this folder: 3 for the results shown, 4 for earlier settings." in rest
    assert not re.search(r"\b1 (times|fractions|seeds|runs|trials)\b", page.text)


def test_nothing_depends_on_where_the_images_lie(make_study: MakeStudy) -> None:
    folder = make_study(SHORT, fractions=(1.0,), seeds=(0,))
    before = write_report(folder).read_bytes()
    table = pd.read_csv(folder / "predictions.csv")
    table["image"] = "/elsewhere/" + table["image"]
    table.to_csv(folder / "predictions.csv", index=False)
    assert write_report(folder).read_bytes() == before


def test_fourteen_recipes_and_fourteen_classes(make_study: MakeStudy) -> None:
    skills = {"scratch": 1.0} | {f"recipe {i}": 1 + i / 10 for i in range(13)}
    classes = [f"finding {i}" for i in range(14)]
    folder = make_study(skills, fractions=(1.0,), seeds=(0,), classes=classes, patients=42)
    page = Page(write_report(folder))
    for name in (*skills, *classes):
        assert name in page.text
    assert "other recipes" in page.text


def test_one_recipe_alone(make_study: MakeStudy) -> None:
    folder = make_study({"scratch": 1.0}, fractions=(1.0,), seeds=(0,), classes=("a", "b"))
    page = Page(write_report(folder))
    assert "there is no other recipe to compare it with" in page.text
    assert "against labels" not in page.text
    assert (folder / "comparisons.csv").read_text().startswith("recipe,reference,fraction")


def test_mistakes_are_shown_if_they_are_there(make_study: MakeStudy) -> None:
    folder = make_study(SHORT, fractions=(1.0,), seeds=(0,))
    (folder / "panels").mkdir()
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(folder / "panels" / "m.png")
    (folder / "panels" / "mistakes.csv").write_text(
        "recipe,fraction,seed,image,patient,label,predicted,probability,file\n"
        "fine-tuning,1.0,0,/x/image.png,p7,NORMAL,VIRUS,0.987,m.png\n"
    )
    page = Page(write_report(folder))
    assert "NORMAL, taken for VIRUS (.987)" in page.text
    assert "patient p7" in page.text


@pytest.mark.parametrize(
    ("settings", "words"), [({"reference": "absent"}, "absent"), ({"metric": "dice"}, "dice")]
)
def test_settings_that_do_not_fit(
    make_study: MakeStudy, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        write_report(make_study(SHORT, fractions=(1.0,), seeds=(0,), **settings))


def test_it_says_what_it_is_and_shows_no_raw_json(make_study: MakeStudy) -> None:
    folder = make_study(SHORT, fractions=(1.0,))
    runs = pd.read_csv(folder / "runs.csv")
    runs["strategy"] = json.dumps({"truncation": {"at": "block3"}})
    runs.to_csv(folder / "runs.csv", index=False)
    text = Page(write_report(folder)).text
    assert "Research software, not a medical device" in text
    assert "truncation (at: block3)" in text
    assert '{"' not in text
    assert not re.search(r"\b1 (images|patients|times|runs)\b", text)
    # Sensitivities of two kinds stand on the page; each says which it is.
    assert "Sensitivity as trained" in re.sub(r"\s+", " ", text).replace(
        "Sensitivityas", "Sensitivity as"
    )


def test_no_interval_that_says_nothing_stands_on_the_page(make_study: Callable[..., Path]) -> None:
    """Six patients and two seeds: of values between 0 and 1, no interval is .8 wide or more, but
    those of differences that are shown."""
    folder = make_study({"scratch": 0.5, "imagenet": 1.0}, seeds=(0, 1), patients=6)
    page = plain(write_report(folder).read_text(encoding="utf-8"))
    assert "interval too wide" in page
    assert "is not written, nor is its value: “– interval too wide” in tables" in page
    assert "– (interval too wide)" not in page  # which no sentence and no figure can mean
    assert "too few patients or seeds to tell" in page
    assert "too few to tell" in page
    ends = re.findall(r"(−?)(\.\d{3}|1\.000) to (−?)(\.\d{3}|1\.000)", page)
    limits = [(float(f"-{a}" if m else a), float(f"-{b}" if n else b)) for m, a, n, b in ends]
    assert len(limits) > 5
    assert [(low, high) for low, high in limits if high - low >= 0.8] == []


def plain(page: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
