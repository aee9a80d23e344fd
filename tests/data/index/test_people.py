"""One person is one patient, whether names of files say so or DICOM headers."""

from pleura.data.index.people import people_of


def names(*patients: str) -> list[dict[str, str]]:
    return [{"patient": each} for each in patients]


def test_a_name_brings_other_files_to_the_person_of_the_header() -> None:
    people = people_of(names("a1", "a2", "a1", "b", "a2"), ["A", "A", "", "B", ""])
    assert people.patients == ("A", "A", "A", "B", "A")
    assert (people.names, people.headers, people.agree, people.linked) == (3, 2, False, True)


def test_names_that_join_people_of_headers_stay_and_are_told() -> None:
    people = people_of(names("x", "x", "y"), ["A", "B", "C"])
    assert people.patients == ("x", "x", "y")
    assert not people.agree
    assert "2 patients by names, 3 patients by headers" in people.told()[0]


def test_names_that_agree_with_headers_are_silent() -> None:
    people = people_of(names("x", "y", "x"), ["A", "B", ""])
    assert people.patients == ("x", "y", "x")
    assert not people.told()


def test_headers_of_some_files_and_names_of_others_are_warned_of() -> None:
    people = people_of(names("x_1", "x_2", "y_1", "y_2"), ["A", "", "B", ""])
    assert not people.linked
    assert "counts as two" in people.told()[0]


def test_headers_that_name_one_patient_for_all_join_nothing() -> None:
    assert people_of(names("x", "y"), ["A", "A"]).patients == ("x", "y")


def test_a_video_stands_for_nobody_whom_a_name_tells() -> None:
    named = [{"video": "1", "patient": "p"}, {"video": "1"}, {"video": "2"}, {"video": "2"}, {}]
    assert people_of(named, ["", "", "A", "", "B"]).patients == ("p", "1", "2", "2", "B")
