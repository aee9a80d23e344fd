"""What stands open of a section, and what can be unfolded."""

from markupsafe import Markup

from pleura.report.layers import layered, linked, with_cautions
from pleura.report.section import Caution
from pleura.report.table import Cell, Table

WORDS = ("words", Markup("<p>How.</p>"))
TABLE = ("table", Table.of("By age", [[Cell("old")]], "Age"))
FIGURE = ("figure", ("With all labels", Markup("<svg></svg>")))
TOLD = Caution("Few are old. Ask for more patients.")


def test_what_follows_the_first_table_is_folded_under_its_titles() -> None:
    section = layered("ages", "Ages", "Ages", [WORDS, TABLE, WORDS, FIGURE, TABLE], 1)
    assert section.lead == [WORDS, TABLE]
    assert section.more == [WORDS, FIGURE, TABLE]
    assert section.inside == "With all labels and By age"


def test_with_none_open_words_stay_and_words_alone_are_never_folded() -> None:
    section = layered("ages", "Ages", "Ages", [WORDS, FIGURE, TABLE], 0)
    assert section.lead == [WORDS]
    for shown in ([WORDS, WORDS], [WORDS, TABLE, WORDS]):
        assert layered("ages", "Ages", "Ages", shown, 1).more == ()


def test_a_caution_leads_to_its_section_which_tells_the_rest_of_it() -> None:
    section = layered("ages", "Ages", "Ages", [WORDS], 1)
    short = Caution("Nobody is older.", see="ages")
    here, elsewhere, brief = linked(
        [Caution(TOLD.text, see="ages"), Caution(TOLD.text, see="absent"), short], [section]
    )
    assert here.first_sentence == "Few are old."
    assert elsewhere.see == ""
    assert with_cautions(section, [here, elsewhere, brief, here]).cautions == [here]


def test_a_number_or_a_name_ends_no_sentence() -> None:
    text = "AUROC falls to .683 (.60 to .70), e.g. for “a. b”."
    assert Caution(text).first_sentence == text
    assert not Caution(text).tells_more
