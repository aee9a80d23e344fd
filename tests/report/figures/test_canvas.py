"""From a matplotlib figure to inline SVG."""

import xml.etree.ElementTree as ET

import pytest

from pleura.report.figures.canvas import (
    decimal_ticks,
    handles,
    house_style,
    legend_inches,
    new_figure,
    to_svg,
)
from pleura.report.looks import assign_looks


def draw(name: str, text: str = "plain") -> str:
    with house_style():
        figure = new_figure(2.0)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.plot([0, 1], [0, 1], marker="o")
        axes.set_title(text)
        return str(to_svg(figure, name, 'a "quoted" <description>'))


def test_it_is_well_formed_with_ids_of_its_own_and_no_date() -> None:
    svg = draw("first")
    root = ET.fromstring(svg)
    assert root.attrib["aria-label"] == 'a "quoted" <description>'
    assert root.attrib["viewBox"] == "0 0 720 144"
    ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    assert ids
    assert all(each.startswith("first-") for each in ids)
    assert "metadata" not in svg
    assert draw("first") == svg


def test_text_is_kept_as_written() -> None:
    svg = draw("first", 'a $x^2$ <b> id="me"')
    assert 'a $x^2$ <b> id="me"' in "".join(ET.fromstring(svg).itertext())


def test_legends() -> None:
    looks = assign_looks(["x" * 60, "short"], [], "short")
    long, short = handles(looks, markers=True)
    assert str(short.get_label()) == "short"
    assert len(str(long.get_label())) == 34
    assert legend_inches(9) > legend_inches(4)


@pytest.mark.parametrize("top", [1.0, 0.03, 0.004, 0.0015])
def test_no_two_ticks_of_an_axis_bear_one_label(top: float) -> None:
    with house_style():
        figure = new_figure(2)
        axes = figure.add_subplot()
        axes.set_ylim(0, top)
        decimal_ticks(axes.yaxis)
        figure.draw_without_rendering()
        labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(set(labels)) == len(labels)
    assert labels[0].startswith(".00")
