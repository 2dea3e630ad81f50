"""The page in a real browser.

`UPDATE_SCREENSHOTS=1 pytest tests/report/test_browser.py` writes the references anew; look at them before committing.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter
from synthetic_study import configured, write_study

from recursive_roar.artifacts import read_table
from recursive_roar.config import Study
from recursive_roar.report.contents import Contents, read_contents
from recursive_roar.report.page import render

SCREENSHOTS = Path(__file__).parent / "screenshots"
DESKTOP, PHONE = {"width": 1100, "height": 800}, {"width": 360, "height": 740}
SHRUNK = 4
NOTICED = 0.08  # of full brightness
TOLERATED = 0.02  # share of the pixels of a shrunk, blurred screenshot that differ noticeably
HOSTILE = "</script><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>🙈\u202e<!--"


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Contents]:
    study = configured(tmp_path_factory.mktemp("study"))
    return study, read_contents(study, write_study(study), Path("absent"))


@pytest.fixture(scope="session")
def page_file(synthetic: tuple[Study, Contents], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(*synthetic, tmp_path_factory.mktemp("page"))


def write(study: Study, contents: Contents, folder: Path) -> Path:
    """The page, with the one font that is the same on every machine."""
    file = folder / "report.html"
    file.write_text(render(study, contents).replace("system-ui, ", ""))
    return file


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a file; at the end nothing may have been complained of or asked from elsewhere."""
    complaints: list[str] = []
    contexts = []

    def opens(file: Path, drawn: bool = True, **settings: Any) -> Any:
        contexts.append(browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **settings}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url != file.as_uri() and complaints.append(request.url))
        page.goto(file.as_uri())
        if drawn:
            wait_until_drawn(page)
        return page

    yield opens
    for context in contexts:
        context.close()
    assert [complaint for complaint in complaints if complaint != "data:,"] == []


def wait_until_drawn(page: Any) -> None:
    page.wait_for_function(
        "[...document.querySelectorAll('.chart')].every(chart => chart.closest('[hidden]') || 'drawn' in chart.dataset)"
    )


def first_column(page: Any, table: str = ".scores") -> list[str]:
    rows = page.locator(f"{table}:visible tbody tr:not([hidden]) th")
    return [text.strip() for text in rows.all_inner_texts()]


def faint_lines(page: Any) -> int:
    """Lines of the chart of scores that are not in focus."""
    return page.locator("#scores .chart:visible .mark-line path[opacity='0.15']").count()


def test_the_page_sorts_by_click_and_by_keyboard(opened, page_file) -> None:
    page = opened(page_file)
    assert first_column(page) == ["attention", "gradient", "integrated-gradient", "input-x-gradient", "random"]
    header = page.locator(".scores:visible th").first
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert first_column(page) == ["attention", "gradient", "input-x-gradient", "integrated-gradient", "random"]
    area = page.locator(".scores:visible th", has_text="ACU").last
    area.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert area.get_attribute("aria-sort") == "ascending"
    assert header.get_attribute("aria-sort") is None
    assert first_column(page)[0] == "input-x-gradient"
    assert first_column(page)[-1] == "random"  # it has no area and stays last


def test_pointing_at_a_row_brings_out_its_line(opened, page_file) -> None:
    page = opened(page_file)
    assert faint_lines(page) == 0
    page.locator(".scores:visible tr[data-explainer=gradient]").hover()
    page.wait_for_function("document.querySelector('#scores .chart .mark-line path[opacity=\"0.15\"]')")
    assert faint_lines(page) == 4
    page.mouse.move(0, 0)
    page.wait_for_function("!document.querySelector('#scores .chart .mark-line path[opacity=\"0.15\"]')")


def test_a_name_pressed_on_the_keyboard_keeps_its_line(opened, page_file) -> None:
    page = opened(page_file)
    name = page.locator(".scores:visible button.explainer").first
    name.focus()
    page.keyboard.press("Enter")
    page.locator("select").first.focus()
    page.wait_for_function("document.querySelector('#scores .chart .mark-line path[opacity=\"0.15\"]')")
    assert name.get_attribute("aria-pressed") == "true"
    assert page.locator("tr.focused:visible th").first.inner_text().strip() == "attention"


def test_pointing_at_a_line_marks_its_row(opened, page_file) -> None:
    page = opened(page_file)
    page.locator("#scores .chart:visible .mark-symbol path").nth(6).hover(force=True)
    page.wait_for_selector(".scores tr.focused:visible")
    assert page.locator("#vg-tooltip-element").inner_text().startswith("explainer")


def test_the_page_switches_dataset_ladder_and_measure(opened, page_file) -> None:
    page = opened(page_file)
    assert page.locator("#scores h3:visible").all_inner_texts() == [
        "babi-1, bilstm-attention (recursive-roar, relative ladder)"
    ]
    page.locator("[data-choice=ladder]").select_option("absolute")
    page.locator("[data-choice=dataset]").focus()
    page.keyboard.press("ArrowDown")
    page.locator("[data-choice=measure]").select_option("below-random")
    wait_until_drawn(page)
    assert page.locator("#scores h3:visible").all_inner_texts() == [
        "babi-2, bilstm-attention (recursive-roar, absolute ladder)"
    ]
    titles = page.locator("#scores .chart:visible .role-axis-title text").all_text_contents()
    assert titles == ["tokens to mask", "accuracy: how far below random masking, points"]
    assert page.locator(".scores:visible caption").inner_text().startswith("Area between the curves")
    page.locator("[data-choice=measure]").select_option("macro-f1")
    wait_until_drawn(page)
    titles = page.locator("#scores .chart:visible .role-axis-title text").all_text_contents()
    assert titles == ["tokens to mask", "macro-f1 on the test split, %"]


def test_measures_are_offered_once_and_where_they_are_defined(opened, page_file, tmp_path) -> None:
    measures = ["performance", "below-random", "validation"]
    assert offered(opened(page_file)) == [*measures, "macro-f1"]  # the performance is the accuracy
    datasets = [{"name": "babi-1", "metric": "accuracy"}, {"name": "babi-2", "metric": "macro-f1"}]
    study = configured(tmp_path / "study", datasets=datasets)
    contents = read_contents(study, write_study(study), Path("absent"))
    binary = [{**row, "auroc": 0.5} if row["dataset"] == "babi-2" else row for row in contents.rows("runs")]
    contents = replace(contents, tables={**contents.tables, "runs": binary})
    page = opened(write(study, contents, tmp_path))
    assert offered(page) == [*measures, "accuracy", "macro-f1", "auroc"]
    page.locator("[data-choice=measure]").select_option("auroc")
    assert page.locator(".note:visible", has_text="Not defined here").all_inner_texts() == [
        "Not defined here: auroc on the test split."
    ]
    page.locator("[data-choice=dataset]").select_option("babi-2")
    wait_until_drawn(page)
    assert page.locator(".note:visible", has_text="Not defined here").count() == 0
    assert page.locator("#scores .chart:visible").count() == 1


def offered(page: Any) -> list[str]:
    options = page.locator("[data-choice=measure] option").all()
    return [option.get_attribute("value") for option in options]


def test_controls_are_shown_on_demand(opened, page_file) -> None:
    page = opened(page_file)
    assert "attention-permuted" not in first_column(page)
    lines = page.locator("#scores .chart:visible .mark-line path")
    assert lines.count() == 5
    page.get_by_label("show controls").check()
    assert {name.rpartition("-")[2] for name in first_column(page)[4:8]} == {"permuted"}  # below all others
    page.wait_for_function("document.querySelectorAll('#scores .chart .mark-line path').length >= 9")


def test_everything_can_be_reached_by_keyboard(opened, page_file) -> None:
    page = opened(page_file)
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className || document.activeElement.tagName"))
    assert {"skip", "SUMMARY", "SELECT", "INPUT", "explainer", "scroll", "BUTTON"} <= reached


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 22, 27)")])
def test_dark_and_light_follow_the_reader(opened, page_file, scheme: str, paper: str) -> None:
    page = opened(page_file, color_scheme=scheme)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    ink = page.evaluate("getComputedStyle(document.querySelector('.role-axis-label text')).fill")
    assert ink == page.evaluate("getComputedStyle(document.body).color")


def test_nothing_but_tables_scrolls_sideways_on_a_phone(opened, page_file) -> None:
    page = opened(page_file, viewport=PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate("[...document.querySelectorAll('.scroll')].some(part => part.scrollWidth > part.clientWidth)")


def test_the_page_prints(opened, page_file) -> None:
    page = opened(page_file, color_scheme="dark")
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 1
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 27, 27)"


def test_without_scripts_every_table_is_shown(opened, page_file) -> None:
    page = opened(page_file, drawn=False, java_script_enabled=False)
    assert page.locator(".scores:visible").count() == 4
    assert page.locator("noscript p").is_visible()


def test_hostile_names_and_sentences_do_nothing(opened, synthetic, tmp_path) -> None:
    study, contents = synthetic
    tables = {name: [_renamed(row) for row in rows] for name, rows in contents.tables.items()}
    facts = {"git_revision": HOSTILE, "digests": {HOSTILE: HOSTILE}}
    hostile = replace(contents, tables=tables, deviations=[HOSTILE], missing=[HOSTILE], study=facts)
    page = opened(write(study, hostile, tmp_path))
    assert HOSTILE in first_column(page)
    page.locator(".scores:visible tbody tr").nth(first_column(page).index(HOSTILE)).hover()
    page.wait_for_function("document.querySelector('#scores .chart .mark-line path[opacity=\"0.15\"]')")
    assert page.evaluate("window.hurt") is None


def _renamed(row: Any) -> dict[str, Any]:
    return {key: HOSTILE if value == "attention" else value for key, value in row.items()}


def test_the_page_says_what_the_tables_say(opened, page_file, synthetic) -> None:
    study, _ = synthetic
    page = opened(page_file)
    page.get_by_label("show controls").check()
    summary = read_table(Path(study.results, "scores/summary.parquet")).to_pylist()
    expected = {
        row["explainer"]: _as_shown(row) for row in summary if (row["dataset"], row["ladder"]) == ("babi-1", "relative")
    }
    rows = page.locator(".scores:visible tbody tr").all()
    shown = {
        cells[0].strip(): [cells[1], cells[2], cells[4], cells[5]] for row in rows if len(cells := _cells(row)) > 5
    }
    assert shown == expected


def _cells(row: Any) -> list[str]:
    return row.locator("th, td").all_inner_texts()


def _as_shown(row: dict[str, Any]) -> list[str]:
    racu, low, high, acu = (f"{100 * row[name]:.1f}" for name in ("racu", "low", "high", "acu"))
    return [racu, f"{low} to {high}", f"{row['n']} of {row['seeds']}", acu]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("desktop", {"viewport": DESKTOP, "color_scheme": "light"}),
        ("phone", {"viewport": PHONE, "color_scheme": "dark"}),
    ],
)
def test_the_page_looks_as_it_did(opened, page_file, tmp_path, name: str, settings: dict[str, Any]) -> None:
    page = opened(page_file, **settings)
    page.screenshot(path=tmp_path / "now.png", full_page=True)
    now = Image.open(tmp_path / "now.png").convert("RGB")
    now = now.resize((now.width // SHRUNK, now.height // SHRUNK))
    reference = SCREENSHOTS / f"{name}.png"
    if os.environ.get("UPDATE_SCREENSHOTS"):
        now.save(reference, optimize=True)
    before = Image.open(reference).convert("RGB")
    assert (now.width, abs(now.height - before.height) <= 0.02 * before.height) == (before.width, True)
    assert _different(now, before) <= TOLERATED


def _different(first: Image.Image, second: Image.Image) -> float:
    """Share of pixels that differ noticeably once both are blurred."""
    blurred = [
        np.asarray(image.resize(second.size).filter(ImageFilter.GaussianBlur(3)), np.float64) / 255
        for image in (first, second)
    ]
    return float((np.abs(blurred[0] - blurred[1]).max(axis=2) > NOTICED).mean())
