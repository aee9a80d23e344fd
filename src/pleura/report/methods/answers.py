"""What the tables of a study answer of the items of a checklist."""

from typing import Any

from pleura.data.columns import recorded
from pleura.report.folder import Folder
from pleura.report.methods.facts import facts_of
from pleura.report.methods.text import TOPICS, Methods, blank
from pleura.report.numbers import listing
from pleura.report.prose import quoted
from pleura.report.sections.flow import BY_PART, Flow, find_flow
from pleura.report.sections.mistakes import MISTAKES
from pleura.report.sections.overlays import OVERLAYS
from pleura.report.sections.subgroups.subgrouped import TABLE
from pleura.report.sources_tested import sources_tested
from pleura.report.study import Study
from pleura.report.verdict import headline

HOSPITALS = ("source", "site")  # columns whose groups are clusters of patients
BOTH = ("age", "sex")  # without which patients are not described
MISSING = ("being empty", "nothing being known")  # why rows are left out whose cells lack something
FLOW = "Report, “Images and patients, in and out”"


def answers_of(study: Study[Any], methods: Methods) -> dict[str, str]:
    """Answers by name; empty where the study does not know, so that its authors must say it.

    A topic of the methods section answers only where its text truly does: a blank in it is none.
    """
    contents, flow, facts = study.recipes.contents, find_flow(study), facts_of(study)
    elsewhere = quoted(sources_tested(study).elsewhere)

    def where(topic: str, *, told: object = True) -> str:
        title = TOPICS[topic]
        return f"Methods, “{title}”" if told and title in methods.paragraphs else ""

    rule, training = facts["rule"] or {}, facts["training"] or {}
    assert isinstance(rule, dict)
    assert isinstance(training, dict)
    named = isinstance(rule.get("test"), str)
    drawn = bool(rule.get("test") or rule.get("folds"))
    divided = where("partitions", told=drawn)
    building = [where(topic) for topic in ("models", "training", "tuning", "partitions")]
    weighted = training.get("class_weights") and not facts["number"]
    return {
        "none": "Not done.",
        "design": where("design"),
        "source": where("data", told=facts["simulated"] or contents.data.get("source")),
        "classes": where("reference_standard", told=facts["classes"]),
        "preparation": where("preparation"),
        "quality": "" if facts["audited"] else blank("quality checks of the images"),
        "missing": "; ".join(
            f"left out: {each}" for each in flow.left_out if any(why in each for why in MISSING)
        ),
        "partitions": divided and f"{divided}; {blank('who made the parts, and how')}"
        if named
        else divided,
        "disjoint": where("partitions"),
        "differences": where("partitions", told=elsewhere or (drawn and not named)),
        "building": ", ".join(filter(None, building)).replace(", Methods,", ","),
        "models": where("models"),
        "training": where("training"),
        "imbalance": where("training", told=weighted),
        "statistics": where("statistics"),
        "output": where("probabilities", told=facts["calibrated"]),
        "delivered": where("delivered", told=facts["card"]),
        "robustness": where("checks", told=facts["regions"] or facts["clues"]),
        "explanations": where("checks", told=facts["maps"]),
        "software": where("software", told=facts["environment"]),
        "external": elsewhere and f"Tested on {elsewhere}, of which nobody trained or validated.",
        "flow": _flow(flow),
        "selection": _selection(flow),
        "parts": "; ".join(
            f"{part.name}: {part.sizes} ({flow.counted}: "
            f"{listing([f'{name} {number}' for name, number in part.classes], 30)})"
            for part in flow.parts
        ),
        "people": _people(contents),
        **_groups(contents),
        "verdict": f"{headline(study.recipes.findings)} Report, first page and “Results”",
        "failures": _failures(contents),
        "limits": "Report, first page: what the data cannot tell, and cautions; "
        + blank("further limitations"),
    }


def _flow(flow: Flow) -> str:
    """The way of rows to images and patients; empty where nobody counted them."""
    if not flow.studied:
        return ""
    rows = [f"rows in the table: {flow.rows}"] if flow.rows else []
    left_out = [f"left out: {each}" for each in flow.left_out]
    clips = [flow.clips] if flow.clips else []
    return "; ".join([*rows, *left_out, *clips, f"studied: {flow.studied}", FLOW])


def _selection(flow: Flow) -> str:
    """Which of the rows and of the frames were taken."""
    if not flow.rows and not flow.left_out:
        return flow.clips
    rows = [f"left out: {each}" for each in flow.left_out] or ["all rows of the table were studied"]
    return "; ".join(filter(None, [*rows, flow.clips]))


def _people(folder: Folder) -> str:
    """By which columns patients are described, part by part."""
    columns = list(dict.fromkeys(map(str, folder.table(BY_PART)["column"])))
    if not columns:
        return ""
    known = {recorded(name) for name in columns}
    lacking = [name for name in BOTH if name not in known]
    told = f"{FLOW}, by {listing(columns, 30)}"
    return f"{told}; {blank(' and '.join(lacking))}" if lacking else told


def _groups(folder: Folder) -> dict[str, str]:
    """Results by groups of patients and by hospitals, as far as they were asked for."""
    groups = [str(name) for name in folder.table(TABLE) if name not in TABLE.text]
    people = [name for name in groups if name not in HOSPITALS]
    hospitals = [name for name in groups if name in HOSPITALS]
    told = f"Report, “Subgroups”, by {listing(people, 30)}" if people else ""
    by_source = f"Report, “Subgroups”, by {listing(hospitals, 30)}" if hospitals else ""
    if not by_source and hasattr(folder, "cases") and folder.test["source"].nunique() > 1:
        by_source = "Report, “By source”"
    shown = f"Report, “Subgroups”, by {listing(groups, 30)}" if groups else ""
    return {
        "groups": told,
        "by_source": by_source,
        "groups_shown": shown or blank("performance in key groups"),
    }


def _failures(folder: Folder) -> str:
    """Where mistakes are shown; empty where no picture of one is there."""
    worst = folder.table(OVERLAYS)
    shown = {
        "Most confident mistakes": folder.table(MISTAKES),
        "Best, median and worst cases": worst[worst["rank"] == "worst"],
    }
    sections = [
        f"“{title}”"
        for title, table in shown.items()
        if any((folder.path / "panels" / str(file)).is_file() for file in table["file"])
    ]
    return f"Report, {' and '.join(sections)}" if sections else ""
