"""Who made a DICOM file."""

from pleura.deploy.dicom.author import author_of, concept


def test_codes_are_always_the_same_and_fit() -> None:
    assert concept("viral pneumonia") == concept("viral  pneumonia")
    assert concept("a") != concept("b")
    long = concept("x\\y" * 40)
    assert len(long.meaning) == 64
    assert len(long.value) <= 16
    assert author_of({}, "ward 7\\best\n").name == "ward 7/best"
    assert author_of({"a": 1}, "m").uid != author_of({"a": 2}, "m").uid
