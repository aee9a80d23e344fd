"""Which names are one name, and which are not."""

import itertools
import time
import unicodedata

import pytest

from pleura.data.names import alike, composed, is_missing, is_nothing, name_key, part_of, word_key

E_ACUTE, COMBINING = "\u00e9", "e\u0301"


@pytest.mark.parametrize(
    "spellings",
    [
        ["7", "7.0", "0007", " 7 ", "07.0", "7,0", "007.00", "７"],
        ["P7", "p7", "P007", "p 7", "P\u00a07", "P\u200b7", "\ufeffP7"],
        ["A-1", "a-1", "A-01", "A\u20131", "A\u22121"],
        [f"Ren{E_ACUTE}e", f"Ren{COMBINING}e", "RENÉE", f" ren{E_ACUTE}e"],
        ["ward 1 2", "Ward1 2", "ward 01 02"],
        ["0", "00", "0.0"],
        ["Straße 3", "STRASSE 3"],
        ["P7", "P7.0", "p007.00"],
        ["O'Brien", "O\u2019Brien", "o\u02bcBrien", "O`Brien", "O\u00b4Brien"],
        ["P7", "P\u202a7\u202c", "P\u200d7", "P\x007", "P\ufe0f7"],
        ["7", "\u0667", "\u096d"],  # Arabic, Devanagari
    ],
)
def test_spellings_of_one_name(spellings: list[str]) -> None:
    assert len({name_key(name) for name in spellings}) == 1
    assert len({word_key(name) for name in spellings}) == 1


def test_honest_names_stay_apart() -> None:
    names = [
        *("P1", "P10", "P01x", "7", "70", "-7", "A-1", "A1", "A_1", "1 2", "12", "1-2", "1.2"),
        *(
            "1.05",
            "1.5",
            "1.0.5",
            "10",
            "1.000",
            "1",
            "7a",
            "a7",
            "1e3",
            "1000",
            "Müller",
            "Muller",
        ),
        *(
            "1.2.840.0",
            "1.2.840",
            "x1.2.0",
            "x1.2",
            "x1.000",
            "x1",
            "Anna B",
            "Anna C",
            "é",
            "e",
            "x",
            "x'",
        ),
    ]
    assert alike(names, name_key) == []
    assert all(name_key(name) for name in names)


def test_words_bridge_hyphens_and_underscores_where_names_do_not() -> None:
    assert len({word_key(w) for w in ("bacterial_pneumonia", "Bacterial-Pneumonia")}) == 1
    assert alike(["grade_01", "Grade 1", "1", "1.0"], word_key) == [
        ["grade_01", "Grade 1"],
        ["1", "1.0"],
    ]
    assert alike(["-1", "1", "1-2", "12"], word_key) == []


def test_alike_keeps_the_order_given() -> None:
    assert alike(["b", "P7", "a", "p7", "B", "P7"], name_key) == [["b", "B"], ["P7", "p7"]]


@pytest.mark.parametrize(
    "word",
    [
        *("", " ", "nan", "NaN", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT", "null", "None", "none"),
        *(
            "unknown",
            "Unknown",
            "(unknown)",
            "not available",
            "-",
            "--",
            "\u2013",
            "?",
            ".",
            "n.a.",
        ),
        "Anonymous",
    ],
)
def test_words_for_nothing_name_nobody(word: str) -> None:
    assert is_nothing(word)


@pytest.mark.parametrize("word", ["0", "Nan Li", "Ana", "p-", "nana", "NA1", "é", "unknown 7"])
def test_other_words_may_be_names(word: str) -> None:
    assert not is_nothing(word)
    assert not is_missing(word)


def test_a_label_may_be_a_word_that_is_no_patient() -> None:
    assert [is_missing(word) for word in ("none", "unknown", "-", "nan", "#N/A", "")] == [
        *(False, False, False),
        *(True, True, True),
    ]


def test_parts_in_any_spelling() -> None:
    words = ["Train", " TRAINING ", "te\u200bst", "Testing", "val", "VALID", "", "nan", "-", "dev"]
    assert [part_of(word) for word in words] == [
        *("train", "train", "test", "test", "validation", "validation"),
        *("", "", "", None),
    ]


def test_composed_text_is_the_normal_form() -> None:
    assert composed(COMBINING) == E_ACUTE == unicodedata.normalize("NFC", COMBINING)
    assert composed("plain") == "plain"


def test_ten_thousand_names_take_well_under_a_second() -> None:
    names = [f"Patient-{a:03d} {b}" for a, b in itertools.product(range(100), range(100))]
    start = time.process_time()
    assert alike(names, name_key) == []
    assert time.process_time() - start < 1
