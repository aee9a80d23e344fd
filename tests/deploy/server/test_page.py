"""The page in a browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import write
from PIL import Image

from pleura.deploy.package import load_model
from pleura.deploy.server.answering import Answering
from pleura.deploy.server.app import make_app
from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.worker import Here
from tests.deploy.predicting import PIXELS
from tests.deploy.server.browser import CHROMIUM, Browser, at_address
from tests.deploy.server.serving import SMALL, deep, gif, home, model
from tests.deploy.test_predicted_sets import with_sets

__all__ = ["deep", "home", "model"]  # fixtures

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"
)
TOKEN = "a token of many letters"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture
def address(deep: Path, home: Path) -> Iterator[str]:
    loaded = load_model(deep)
    answering = Answering(replace(loaded, card={**loaded.card, "question": "<b>Dark?</b>"}), SMALL)
    pool = Pool([Here(answering)], SMALL, home)
    with at_address(make_app(pool, answering.about(), Admitted())) as its:
        yield its


def opened(browser: Browser, address: str) -> None:
    browser.errors.clear()
    browser.open(address)
    browser.wait("document.getElementById('takes').textContent !== ''")


def text(browser: Browser, name: str) -> str:
    return str(browser.value(f"document.getElementById('{name}').innerText"))


def shown(browser: Browser, name: str) -> bool:
    return bool(browser.value(f"document.getElementById('{name}').checkVisibility()"))


# The sizes of all letters that are seen, in pixels.
SIZES = """[...document.querySelectorAll("body *")].filter((each) => each.checkVisibility() &&
  [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim()))
  .map((each) => parseFloat(getComputedStyle(each).fontSize))"""


def test_why_the_likeliest_class_is_ruled_out_is_told_beside_it(
    browser: Browser, deep: Path, home: Path, tmp_path: Path
) -> None:
    loaded = load_model(with_sets(deep, [[1.1, 1.1]], several=False))
    Image.fromarray(PIXELS[0]).save(tmp_path / "a.png")
    (chances,) = loaded.assess([tmp_path / "a.png"]).probabilities
    limits: list[float | None] = [1.1 if chance == max(chances) else 0.0 for chance in chances]
    answering = Answering(load_model(with_sets(deep, [limits], several=False)), SMALL)
    pool = Pool([Here(answering)], SMALL, home)
    with at_address(make_app(pool, answering.about(), Admitted())) as address:
        opened(browser, address)
        browser.give(tmp_path / "a.png")
        browser.wait("document.getElementById('result').checkVisibility()")
        likeliest = text(browser, "answer").removeprefix("Likeliest: ").partition(",")[0]
        assert likeliest not in text(browser, "set").removeprefix("Cannot be ruled out: ")
        assert f"{likeliest} is the likeliest class and yet ruled out" in text(browser, "notes")
        assert min(browser.value(SIZES)) >= 0.85 * 16


def test_a_file_is_chosen_and_answered(browser: Browser, address: str, tmp_path: Path) -> None:
    opened(browser, address)
    assert text(browser, "question") == "<b>Dark?</b>"  # as text
    assert "not a medical device" in browser.value("document.body.innerText")
    name = "<img src=x onerror=alert(1)>.png"
    Image.fromarray(PIXELS[0]).save(tmp_path / name)
    browser.give(tmp_path / name)
    browser.wait("!document.getElementById('result').hidden")
    assert text(browser, "given") == name
    assert text(browser, "answer").startswith("Likeliest: ")
    assert browser.value("document.activeElement.id") == "answer"  # a screen reader reads it
    assert browser.value("document.getElementById('image').naturalWidth") == 448
    assert browser.value("document.getElementById('heat').naturalWidth") == 112
    assert not shown(browser, "unlike")
    assert text(browser, "status") == "Done."
    assert browser.value("document.querySelectorAll('#files button').length") == 1
    Image.fromarray(np.full((32, 32), 230, np.uint8)).save(tmp_path / "bright.png")
    browser.give(tmp_path / "bright.png")
    browser.wait("document.getElementById('unlike').checkVisibility()")
    assert browser.errors == []


def test_a_clip_asks_for_a_frame_and_a_problem_is_told(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    opened(browser, address)
    (tmp_path / "a.gif").write_bytes(gif(10))
    browser.give(tmp_path / "a.gif")
    browser.wait("document.getElementById('problem').checkVisibility()")
    assert "10 frames" in text(browser, "problem")
    assert shown(browser, "frame-row")
    assert not shown(browser, "result")
    browser.value("document.getElementById('again').click()")
    browser.wait("document.getElementById('result').checkVisibility()")
    assert "frame 5" in text(browser, "caption")
    assert not shown(browser, "problem")
    # What is saved is what is shown, not what stands in the fields by then.
    browser.value("document.getElementById('frame').value = '0'")
    browser.value("document.querySelector('#files button').click()")
    saved = "performance.getEntriesByType('resource').filter(e => e.name.includes('heatmap.png'))"
    browser.wait(f"{saved}.length === 1")
    assert browser.value(f"{saved}[0].name").endswith("?frame=5")


def test_a_file_that_is_gone_is_no_fault_of_the_server(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    opened(browser, address)
    Image.fromarray(PIXELS[0]).save(tmp_path / "a.png")
    browser.give(tmp_path / "a.png")
    browser.wait("document.getElementById('result').checkVisibility()")
    (tmp_path / "a.png").unlink()
    browser.value("document.querySelector('#files button').click()")
    browser.wait("document.getElementById('problem').checkVisibility()")
    assert "cannot read the file any more" in text(browser, "problem")
    assert "choose it again" in text(browser, "problem")
    browser.value("document.getElementById('explain').dispatchEvent(new Event('change'))")
    browser.wait("!document.getElementById('result').checkVisibility()")
    assert "cannot read the file any more" in text(browser, "problem")


def test_dicom_offers_dicom(browser: Browser, address: str, tmp_path: Path) -> None:
    opened(browser, address)
    script = "<script>document.title = 'bad'</script>"
    write(tmp_path / "IM1", PIXELS[3], PatientName=script)
    browser.give(tmp_path / "IM1")
    browser.wait("document.getElementById('result').checkVisibility()")
    assert browser.value("document.querySelectorAll('#files button').length") == 3
    assert browser.value("document.title") != "bad"
    browser.value("document.querySelectorAll('#files button')[1].click()")
    browser.wait("document.getElementById('problem').checkVisibility()")
    assert "no valid StudyInstanceUID" in text(browser, "problem")


def test_the_keyboard_reaches_all_and_everything_has_a_name(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    opened(browser, address)
    Image.fromarray(PIXELS[0]).save(tmp_path / "a.png")
    browser.give(tmp_path / "a.png")
    browser.wait("!document.getElementById('result').hidden")
    browser.value("document.activeElement.blur()")
    reached = []
    for _ in range(20):
        browser.press("Tab")
        reached.append(browser.value("document.activeElement.id || document.activeElement.text"))
    for name in ("file", "opacity", "explain"):
        assert name in reached
    around = reached[reached.index("file") :]  # from the answer on it goes round
    assert around.index("opacity") < around.index("explain")
    browser.value("document.getElementById('opacity').focus()")
    browser.press("ArrowRight")
    assert text(browser, "opacity-value") == "85 %"
    names = browser.names()
    for role in ("button", "slider", "combobox", "image", "heading", "status"):
        assert all(names.get(role, [""])) or role == "status", (role, names.get(role))
    assert "Heat map" in names["slider"][0]


def test_it_fits_a_phone_and_a_zoom_of_two(browser: Browser, address: str, tmp_path: Path) -> None:
    opened(browser, address)
    Image.fromarray(PIXELS[0]).save(tmp_path / "a.png")
    browser.give(tmp_path / "a.png")
    browser.wait("!document.getElementById('result').hidden")
    try:
        for width, height, zoom in ((360, 740, 1), (1280, 800, 2), (1280, 800, 4)):
            browser.size(width, height, zoom)
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert browser.value(wide) <= 0, (width, zoom)
    finally:
        browser.do("Emulation.clearDeviceMetricsOverride")


def test_a_token_comes_by_form_or_by_address(browser: Browser, deep: Path, home: Path) -> None:
    answering = Answering(load_model(deep), SMALL)
    pool = Pool([Here(answering)], SMALL, home)
    with at_address(make_app(pool, answering.about(), Admitted(token=TOKEN))) as address:
        browser.open(address)
        browser.wait("document.getElementById('login').checkVisibility()")
        for token in ("wrong", TOKEN):
            browser.value(f"document.getElementById('token').value = '{token}'")
            browser.value("document.querySelector('#login button').click()")
            if token == "wrong":
                browser.wait("document.getElementById('login-error').textContent !== ''")
        browser.wait("document.getElementById('ask').checkVisibility()")
        browser.value("sessionStorage.clear()")
        browser.open("about:blank")
        browser.open(f"{address}/#token={TOKEN.replace(' ', '%20')}")
        browser.wait("document.getElementById('ask').checkVisibility()")
        assert browser.value("location.hash") == ""  # not in the history
