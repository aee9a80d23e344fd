"""Recipes that were taught by others: what the teacher brought, and whether they are as good."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Comparison, Findings, comparisons, in_words
from pleura.report.numbers import at_labels, duration, magnitude
from pleura.report.pixels import against
from pleura.report.prose import sentences
from pleura.report.section import Blocks, Section, Words
from pleura.report.sections.cost import COUNT, times
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table
from pleura.report.verdict import TONES, margin_of
from pleura.study.distillation import twin_of

TWIN, TEACHER = "twin", "teacher"
COSTS = ("parameters", "macs", "train_seconds", "teacher_seconds")


@dataclass(frozen=True)
class Student:
    """A recipe at one fraction of the labels. `rivals` are the recipes that it is held against, its
    twin and its teacher's, those that are there; `compared` the comparisons with them. `taught` is
    the teacher in words, `how` its options; `unlabelled` the images without label, means over
    runs as the `costs` of it and of its rivals are, by name."""

    name: str
    fraction: float
    rivals: Mapping[str, str]
    compared: Mapping[str, Comparison]
    taught: str
    how: Mapping[str, Any]
    unlabelled: float
    costs: Mapping[str, Mapping[str, float]]


def find_students(study: ClassifierStudy) -> list[Student] | None:
    """Compare each ranked student with its twin and its teacher's recipe; None without any."""
    contents, findings = study.recipes.contents, study.recipes.findings
    recipes = contents.study.get("recipes") or {}
    runs = numbered(contents.runs)
    taught = runs[runs["teacher"] != ""]
    students = []
    for fraction in findings.fractions:
        here = runs[runs["fraction"] == fraction]
        means = here.groupby("recipe")[list(COSTS)].mean()
        costs = {str(name): {key: float(of[key]) for key in COSTS} for name, of in means.iterrows()}
        for name in findings.recipes:
            mine = taught[(taught["recipe"] == name) & (taught["fraction"] == fraction)]
            asked = (recipes.get(name) or {}).get("distillation")
            if mine.empty or not asked or not findings.has(name, fraction):
                continue
            named = {TWIN: twin_of(name, recipes), TEACHER: str(asked["teacher"])}
            rivals = {
                role: rival
                for role, rival in named.items()
                if rival in findings.recipes and findings.has(rival, fraction)
            }
            compared = {
                role: one
                for role, rival in rivals.items()
                if (one := _compared(study, name, rival, fraction)) is not None
            }
            taught_by, images = str(mine["teacher"].iloc[0]), float(mine["n_unlabelled"].mean())
            students.append(
                Student(name, fraction, rivals, compared, taught_by, asked, images, costs)
            )
    return students or None


def numbered(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs with the columns of students, which no other study's have: `teacher`, empty for
    others, and numbers."""
    wanted = runs.reindex(columns=[*runs.columns.union(["teacher", "n_unlabelled", *COSTS])])
    teacher = wanted["teacher"].astype(object).fillna("").astype(str)
    numbers = {
        name: pd.to_numeric(wanted[name], errors="coerce") for name in ("n_unlabelled", *COSTS)
    }
    return wanted.assign(teacher=teacher, **numbers)


def _compared(study: ClassifierStudy, name: str, rival: str, fraction: float) -> Comparison | None:
    """A student held against another recipe at a fraction, as the study asks."""
    findings, test = study.recipes.findings, study.recipes.contents.test
    table = against(findings, test, fraction, rival, [name], study.judged.compare)
    return None if table is None else comparisons(table, "recipe")[(name,)]


def student_table(students: list[Student], findings: Findings) -> Table:
    """A row a student and fraction: what it reaches, beside its twin and its teacher's recipe."""
    metric = findings.metric
    rows = []
    for student in students:
        own = student.costs[student.name]
        row = [cells.recipe(student.name, findings), cells.fraction(student.fraction)]
        row.append(cells.estimate(findings.primary(student.name, student.fraction), metric))
        for role in (TWIN, TEACHER):
            row += _verdict(student, role, findings)
        row += [
            _fewer(student, "parameters"),
            _fewer(student, "macs"),
            cells.time(own["train_seconds"], f"teacher: {duration(own['teacher_seconds'])}"),
        ]
        rows.append(row)
    return Table.of(
        "Students, their twins and their teachers",
        rows,
        "Student | Labels",
        Column(metric.title),
        Column("Difference", "to its twin"),
        Column("Verdict", "against its twin"),
        Column("Difference", "to its teacher"),
        Column("Verdict", "against its teacher"),
        Column("Parameters", "against its teacher"),
        Column("MACs", "against its teacher"),
        Column("Training", "a run"),
    )


def _verdict(student: Student, role: str, findings: Findings) -> list[Cell]:
    one = student.compared.get(role)
    if one is None:
        return [NOTHING_KNOWN, Cell("")]
    difference = cells.estimate(one.difference, findings.metric, sign=True)
    tone = TONES.get(one.verdict, "")
    return [difference, Cell(one.verdict, student.rivals[role], tone=tone)]


def _fewer(student: Student, what: str) -> Cell:
    """How many times fewer parameters or MACs a student has than a network of its teacher."""
    mine = student.costs[student.name][what]
    if TEACHER not in student.rivals:
        return Cell(magnitude(mine), order=mine)
    theirs = student.costs[student.rivals[TEACHER]][what]
    return Cell(times(theirs / mine, *COUNT), magnitude(mine), order=theirs / mine)


def student_sentences(students: list[Student], findings: Findings) -> Iterator[str]:
    """What came of each student, fewest labels first."""
    for student in students:
        told = {
            role: in_words(one.difference, findings.metric, sign=True)
            for role, one in student.compared.items()
        }
        yield from sentences(
            "students",
            "student",
            student=student,
            where=at_labels(student.fraction),
            told=told,
            verdicts={role: one.verdict for role, one in student.compared.items()},
            metric=findings.metric,
        )


def _blocks(study: ClassifierStudy, students: list[Student]) -> Blocks:
    findings = study.recipes.findings
    yield Words(sentences=[*student_sentences(students, findings)], margin=margin_of(findings))
    yield student_table(students, findings)


SECTION: Section[Any, list[Student]] = Section("students", find_students, _blocks)
