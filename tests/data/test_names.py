"""Which names are one name, and which are not."""

import itertools
import time
import unicodedata

import pytest

from pleura.data.names import (
    alike,
    composed,
    is_missing,
    is_nothing,
    is_shortened,
    name_key,
    part_of,
    word_key,
)

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
        ["7", '="0007"', "'7", "\u20187", '"7"', "'007'", '= "7.0"', " ' 7"],  # of spreadsheets
        ["P 7", '="p007"', "'P7"],
        ["P3A", "\u0420\u0033\u0410", "p3\u0430", "\u03a13\u0391"],  # Cyrillic, Greek
        ["100000", "1E+05", "1e+05", "1.0E+5", "1,0E+05", "100000.0"],
        ["123457000000", "1.23457E+11"],
    ],
)
def test_spellings_of_one_name(spellings: list[str]) -> None:
    assert len({name_key(name) for name in spellings}) == 1
    assert len({word_key(name) for name in spellings}) == 1


@pytest.mark.parametrize("name", ["1E+05", " 1.23457E+11", "1.2345678901234567e+19", "1,5E+12"])
def test_numbers_that_may_have_lost_digits(name: str) -> None:
    assert is_shortened(name)
    assert not any(map(is_shortened, ("1e5", "P1E+05", "12E+3", "100000", "", "1E-05", "E+1")))


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
            "1.25E+1",
            "12",
            "5 \u00b5m",
            "5 mm",
            "\u0418\u0432\u0430\u043d",
            "Ivan",
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
            "7'",
            "=7",
            "O'Neil",
            "ONeil",
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


@pytest.mark.parametrize(
    "word",
    [
        *("anon", "Anon.", "ANONYMISED", "anonymized", "de-identified", "Deidentified", "redacted"),
        *("unidentified", "unnamed", "un-named", "Unspecified", "unrecorded", "unavailable"),
        *("not recorded", "not_available", "NotGiven", "not known", "not-applicable", "not stated"),
        *("#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NV", "#N/D", "#WERT!", "#NULL!", "Err:502"),
        *("no id", "No_ID", "no name", "no data", "without name", "nil", "None.", "nothing"),
        *("n.d.", "n/d", "N/D", "n.k.", "N / A", "N_A", "k.A.", "TBD", "to be determined"),
        *("unbekannt", "keine Angabe", "nicht verf\u00fcgbar", "nicht erfasst", "ohne Name"),
        *("inconnu", "non renseign\u00e9", "non communique", "sans nom", "anonyme", "anonym"),
        *("desconocido", "an\u00f3nimo", "anonimizado", "no consta", "no aplica", "sin nombre"),
        *("sconosciuta", "non noto", "non disponibile", "senza nome", "anonimo", "nessun dato"),
        *("unknown patient", "Patient unknown", "patient id not recorded", "no patient", "(none)"),
        *('="unknown"', '=""', "'", "\u200b", "un\u200bknown", "\uff55nknown"),
    ],
)
def test_the_same_words_in_other_spellings_and_languages(word: str) -> None:
    assert is_nothing(word)
    assert is_nothing(f" {word}\t")


@pytest.mark.parametrize(
    "word",
    [
        *(
            "N.D.",
            "K.A.",
            "N.A.T.",
            "T.B.D.",
            "N-A-T",
            "N.I.L.",
            "A.N.",
            "Nora",
            "Noni",
            "Non",
            "No",
        ),
        *("Anona", "Anonuevo", "Anon 7", "anonymous1", "not recorded 3", "Unger", "Undine", "Nott"),
        *(
            "Leer",
            "Private",
            "Vide",
            "Nota",
            "Idna",
            "Thena",
            "patient",
            "Case",
            "name",
            "id",
            "Sinan",
        ),
        *(
            "Sansa",
            "Keiner",
            "Nonna",
            "Removed by A. Li",
            "#7",
            "#A1",
            "7!",
            "Err",
            "Nichtl",
            "Noel",
        ),
        *("unknown clinic 2", "Not", "Given", "Found", "Sin", "Ohnesorg", "\u6797", "Ndiaye", "Nd"),
    ],
)
def test_what_could_be_somebodys_name_is_one(word: str) -> None:
    assert not is_nothing(word)


@pytest.mark.parametrize("word", ["0", "Nan Li", "Ana", "p-", "nana", "NA1", "é", "unknown 7"])
def test_other_words_may_be_names(word: str) -> None:
    assert not is_nothing(word)
    assert not is_missing(word)


def test_a_label_may_be_a_word_that_is_no_patient() -> None:
    assert [is_missing(word) for word in ("none", "unknown", "-", "nan", "#N/A", "")] == [
        *(False, False, False),
        *(True, True, True),
    ]
    assert all(is_missing(word) for word in ("#REF!", "#DIV/0!", '=""', "Err:502", "N / A"))
    assert not any(is_missing(word) for word in ("not recorded", "#1", "n.d.", "NV"))


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
