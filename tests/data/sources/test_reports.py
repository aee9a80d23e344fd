from pleura.data.sources.reports import UNKNOWN, Report, findings_of, words_of

EFFUSION, NORMAL, UNCHANGED = ("pleural effusion",), ("normal",), ("unchanged",)


def found(*reports: tuple[tuple[str, ...], str, str]) -> list[str]:
    """What the reports of one patient find: words, day and hour of each."""
    of = {at: Report("P", *report) for at, report in enumerate(reports)}
    return list(findings_of(of).values())


def test_words_are_those_in_quotes_each_once() -> None:
    assert words_of("['a', ' b c', 'a', '']") == ("a", "b c")
    assert words_of("['COVID 19'\t 'pneumonia']") == ("COVID 19", "pneumonia")
    assert words_of("") == ()


def test_unchanged_stands_for_the_last_report_before() -> None:
    first, second, third = (EFFUSION, "20140101", ""), (NORMAL, "20140301", ""), UNCHANGED
    # Whatever the order of the table, and over several reports.
    assert found((third, "20140201", ""), first, second)[0] == "pleural effusion"
    assert found(first, (UNCHANGED, "20140201", ""), (third, "20140202", ""))[2] == EFFUSION[0]
    assert found(first, second, (third, "20140401", ""))[2] == "normal"
    assert found((NORMAL, "20140101", ""), (("unchanged", "nodule"), "20140201", ""))[1] == "nodule"
    assert found(first, (("nodule", "unchanged"), "20140201", ""))[1] == "nodule|pleural effusion"


def test_hours_order_a_day_where_they_are_known() -> None:
    morning, noon = (EFFUSION, "20140101", "080000"), (NORMAL, "20140101", "120000")
    assert found(morning, noon, (UNCHANGED, "20140101", "100000"))[2] == "pleural effusion"
    assert found(morning, noon, (UNCHANGED, "20140102", ""))[2] == "normal"
    assert found(morning, (UNCHANGED, "20140101", ""))[1] == UNKNOWN


def test_nothing_is_known_where_it_cannot_be_said() -> None:
    later = (UNCHANGED, "20140201", "")
    assert found(later) == [UNKNOWN]
    assert found((EFFUSION, "20140301", ""), later)[1] == UNKNOWN  # of a time after it
    assert found((EFFUSION, "", ""), later)[1] == UNKNOWN
    assert found((EFFUSION, "20140101", ""), (UNCHANGED, "", ""))[1] == UNKNOWN
    assert found((EFFUSION, "20140101", ""), (NORMAL, "20140101", ""), later)[2] == UNKNOWN
    assert found((("exclude",), "20140101", ""), later) == [UNKNOWN] * 2
    assert found(((), "20140101", ""), (("suboptimal study",), "20140102", "")) == [UNKNOWN] * 2
    others = findings_of({0: Report("P", EFFUSION, "20140101"), 1: Report("Q", UNCHANGED, "2015")})
    assert others[1] == UNKNOWN


def test_words_about_the_study_are_no_findings() -> None:
    assert found((("suboptimal study", "pleural effusion"), "20140101", "")) == ["pleural effusion"]
    assert found((("exclude", "pleural effusion"), "20140101", "")) == [UNKNOWN]
