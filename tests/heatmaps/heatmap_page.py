"""The heatmaps in a page of their own, and content to fill them with."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from playwright.sync_api import Browser, Page

from recursive_roar.heatmaps.layers import Trail
from recursive_roar.heatmaps.passage import passage

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark } body { font: 16px/1.5 sans-serif; margin: 1rem }</style>
{% include "heatmaps.html" %}
</html>"""


@dataclass
class Opened:
    """A page with what it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def row(self, explainer: str) -> Any:
        return self.page.locator(f'.heatmap-row[data-explainer="{explainer}"]')

    def tokens(self, explainer: str) -> list[dict[str, Any]]:
        """What is drawn of each token: its text, whether it is masked, new, and its attributes."""
        script = """tokens => tokens.map(token => ({
            text: token.textContent, masked: token.matches('.masked'), new: token.matches('.new'),
            round: Number(token.dataset.round), share: token.style.getPropertyValue('--share'), name: token.ariaLabel,
            colour: getComputedStyle(token).color, background: getComputedStyle(token).backgroundColor}))"""
        self.settle()
        return self.row(explainer).locator(".token").evaluate_all(script)

    def settle(self) -> None:
        """Wait until what came into sight is drawn."""
        frame = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
        self.page.evaluate(frame)

    def slide(self, steps: int) -> None:
        for _ in range(abs(steps)):
            self.page.locator("#heatmap-slider").press("ArrowRight" if steps > 0 else "ArrowLeft")


def opened(browser: Browser, folder: Path, groups: list[dict[str, Any]], **context: Any) -> Opened:
    """The heatmaps, opened from a file."""
    file = folder / "page.html"
    file.write_text(rendered(groups))
    found = Opened(browser.new_context(**context).new_page())
    found.page.on("console", lambda message: found.errors.append(message.text))
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.goto(file.as_uri())
    return found


def rendered(groups: list[dict[str, Any]]) -> str:
    """A page that holds the heatmaps alone."""
    loader = jinja2.PackageLoader("recursive_roar", "report")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(PAGE).render(heatmaps=groups)


def group(texts: list[str], pattern: str = r"\S+", **changes: Any) -> dict[str, Any]:
    """Content as the step writes it, for `gradient` and the signed `slope` in steps of 25 %, tokens being `pattern`.

    Token k of n is masked in round 1 + 4 k // n, and is more important the earlier it stands.
    """
    spans = [_spans(text, pattern) for text in texts]
    examples = [_example(number, *parts) for number, parts in enumerate(zip(texts, spans, strict=True))]
    explainers = [
        {"name": name, "examples": [_layers(len(offsets), name == "slope") for offsets in spans]}
        for name in ("gradient", "slope")
    ]
    amounts = [0, 25, 50, 75, 100]
    curves = [{"protocol": "recursive-roar", "ladder": "relative", "amounts": amounts, "explainers": explainers}]
    facts = {"dataset": "made-up", "model": "none", "seed": 0, "withheld": False, "label_names": ["no", "yes"]}
    return {**facts, "examples": examples, "curves": curves, **changes}


def _spans(text: str, pattern: str) -> np.ndarray:
    return np.array([match.span() for match in re.finditer(pattern, text)], np.int64).reshape(-1, 2)


def _example(number: int, text: str, offsets: np.ndarray) -> dict[str, Any]:
    part = passage(text, offsets, np.ones(len(offsets), bool), np.zeros(len(offsets)), 10_000)
    sizes = {"before": part.before, "after": part.after, "unread": part.unread}
    spans = part.spans.flatten().tolist()
    return {"example_id": number, "label": 1, "text": part.text, "pair_text": None, "spans": spans, **sizes}


def _layers(tokens: int, signed: bool) -> dict[str, Any]:
    place = np.arange(tokens)
    masked_in = 1 + 4 * place // tokens
    scores = np.where(place % 2, -1.0, 1.0) * (tokens - place) if signed else tokens - place
    trail = Trail(
        masked_at={number: (masked_in * (masked_in <= number)).astype(np.uint8) for number in (1, 2, 3)},
        importance=dict.fromkeys((0, 1, 2), scores.astype(np.float32)),
        logits=[np.log(np.array(odds, np.float32)) for odds in ([1, 9], [1, 3], [1, 1.1], [3, 1], [3, 1])],
        fully_masked=4,
        explained_once=False,
    )
    return trail.layers(np.ones(tokens, bool), place)
