"""The pictures of docs/report.md: `python tests/report/screenshots.py results/report.html docs/report`.

Needs Chromium (`envs/browser/install.sh`).
"""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

PICTURES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1000, "height": 1230}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}


def main(page_file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, settings in PICTURES.items():
            page = browser.new_context(**settings).new_page()
            page.goto(page_file.resolve().as_uri())
            page.wait_for_selector("#scores .chart[data-drawn]")
            if name == "phone":
                page.evaluate("document.getElementById('scores').scrollIntoView()")
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
