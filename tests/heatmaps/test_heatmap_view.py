"""The heatmaps in a browser: what they show, what they survive."""

import json
import re

import pytest
from heatmap_page import group, opened, rendered

TEXT = "one two three four five six seven eight"
HOSTILE = [
    "<script>window.broken = 1</script> </script><img src=x onerror=window.broken=1> &lt;b&gt; \"quoted\" {{ 7 * 7 }}",
    "\U0001f600 👩‍👩‍👧‍👦 e\u0301te\u0301 \U0001d4b3 नमस्ते",
    "كان الفيلم رائعا، لكن النهاية (the end) مخيبة",
    "abc\u202edef ghi",
]  # fmt: skip


def texts(view, explainer: str = "gradient") -> list[str]:
    return [token["text"] for token in view.tokens(explainer)]


def test_it_loads_without_a_word_and_without_the_network(browser, tmp_path) -> None:
    view = opened(browser, tmp_path, [group([TEXT])])
    assert texts(view) == TEXT.split()
    assert view.errors == []
    assert view.requests == [view.page.url]


def test_each_round_masks_what_masked_at_says(browser, tmp_path) -> None:
    view = opened(browser, tmp_path, [group([TEXT])])
    assert not any(token["masked"] for token in view.tokens("gradient"))
    for number in (1, 2, 3, 4):
        view.slide(1)
        tokens = view.tokens("gradient")
        assert [token["round"] for token in tokens] == [1, 1, 2, 2, 3, 3, 4, 4]
        assert [token["masked"] for token in tokens] == [token["round"] <= number for token in tokens]
        assert [token["new"] for token in tokens] == [token["round"] == number for token in tokens]
        assert [token["name"] for token in tokens if token["masked"]] == [
            f"masked in round {token['round']}" for token in tokens if token["masked"]
        ]
    view.slide(-4)
    assert not any(token["masked"] for token in view.tokens("gradient"))


def test_colour_is_a_share_of_the_largest_that_is_visible(browser, tmp_path) -> None:
    view = opened(browser, tmp_path, [group([TEXT])])
    assert [token["share"] for token in view.tokens("gradient")][::4] == ["100%", "50%"]
    view.slide(1)
    assert view.tokens("gradient")[2]["share"] == "100%"
    signed = view.page.locator('[data-explainer="slope"] .against')
    assert signed.all_text_contents() == ["four", "six", "eight"]
    assert view.page.locator("[data-legend=against]").is_visible()
    view.slide(2)
    assert {token["share"] for token in view.tokens("gradient")} == {"0%"}
    assert "was not explained" in view.row("gradient").inner_text()


def test_the_prediction_is_shown_and_told(browser, tmp_path) -> None:
    view = opened(browser, tmp_path, [group([TEXT])])
    assert "predicts yes 90 % ✓ right" in view.row("gradient").inner_text()
    view.slide(3)
    assert "predicts no 75 % ✗ wrong" in view.row("gradient").inner_text()
    told = view.page.locator("[data-live]")
    assert told.get_attribute("aria-live") == "polite"
    assert told.text_content().startswith("Round 3 of 4: 75 % masked. gradient: no, 75 %, wrong")
    assert view.page.locator("#heatmap-slider").get_attribute("aria-valuetext") == "round 3 of 4: 75 % masked"
    marks = view.row("gradient").locator(".heatmap-trail i").evaluate_all("marks => marks.map(mark => mark.className)")
    assert marks == ["right", "right", "right", "wrong now", "wrong"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_as_it_is(browser, tmp_path, text) -> None:
    view = opened(browser, tmp_path, [group([text], dataset=text, label_names=[text, text])])
    for _ in range(5):
        assert texts(view) == text.split()
        view.slide(1)
    assert view.row("gradient").locator(".heatmap-text").text_content() == text
    assert view.page.evaluate("window.broken") is None
    assert view.page.locator(".heatmaps img, .heatmaps b").count() == 0
    assert view.errors == []
    assert view.requests == [view.page.url]


def test_a_text_from_right_to_left_is_laid_out_so(browser, tmp_path) -> None:
    content = group([HOSTILE[2]])
    content["examples"][0].update(before=3, after=3)
    view = opened(browser, tmp_path, [content])
    first, second = (view.row("gradient").locator(".token").nth(place).bounding_box() for place in (0, 1))
    assert first["x"] > second["x"]
    text = view.row("gradient").locator(".heatmap-text")
    text.press("ArrowLeft")
    text.press("ArrowLeft")  # on, in reading order
    assert view.page.locator(".heatmap-tip").inner_text().startswith(HOSTILE[2].split()[1])


def test_letters_of_one_word_stay_joined_across_tokens(browser, tmp_path) -> None:
    word = "الفيلم"
    whole = opened(browser, tmp_path, [group([word])])
    parts = opened(browser, tmp_path, [group([word], pattern=r"\w{2}")])
    script = """text => {
        const all = document.createRange();
        all.selectNodeContents(text);
        return all.getBoundingClientRect().width;
    }"""
    assert (len(whole.tokens("gradient")), len(parts.tokens("gradient"))) == (1, 3)
    widths = [view.row("gradient").locator(".heatmap-text").evaluate(script) for view in (whole, parts)]
    assert widths[0] == pytest.approx(widths[1], abs=0.5)


def test_a_token_tells_its_score_to_mouse_and_keyboard(browser, tmp_path) -> None:
    view = opened(browser, tmp_path, [group([TEXT])])
    tip = view.page.locator(".heatmap-tip")
    view.row("gradient").locator(".token").nth(4).hover()
    assert tip.inner_text() == "five: 50 % of the largest importance, masked in round 3"
    text = view.row("gradient").locator(".heatmap-text")
    text.focus()
    text.press("ArrowRight")
    assert tip.inner_text() == "one: 100 % of the largest importance, masked in round 1"
    assert view.page.locator("[data-live]").text_content() == tip.inner_text()
    text.press("Escape")
    assert not tip.is_visible()
    view.slide(1)
    view.row("gradient").locator(".token").nth(0).hover()
    assert tip.inner_text() == "one: masked in round 1"


def test_examples_are_chosen_and_walked_through(browser, tmp_path) -> None:
    view = opened(
        browser, tmp_path, [group([TEXT, "other words", "more of them"]), group(["another"], dataset="second")]
    )
    view.slide(2)
    view.page.get_by_label("Next example").click()
    assert texts(view) == ["other", "words"]
    assert view.page.locator(".heatmap-round output").inner_text() == "2 of 4: 50 % masked"
    for _ in range(2):
        view.page.get_by_label("Previous example").click()
    assert texts(view) == ["more", "of", "them"]
    view.page.get_by_label("Dataset and model").select_option("second, none")
    assert texts(view) == ["another"]
    assert "baseline right" in view.page.locator("[data-choice=example] option").inner_text()


def test_a_partner_is_shown_apart_and_a_cut_text_says_so(browser, tmp_path) -> None:
    content = group([TEXT])
    content["examples"][0].update(pair_text="<i>Is it?</i>", before=1200, after=1, unread=7)
    view = opened(browser, tmp_path, [content])
    assert view.page.locator(".heatmap-partner").inner_text() == "Never masked: <i>Is it?</i>"
    shown = view.row("gradient").locator(".heatmap-text").inner_text()
    assert shown.startswith("… 1,200 tokens before … one")
    assert shown.endswith("eight … 1 token after … 7 characters that the model does not read")


def test_of_a_text_of_5000_tokens_only_what_is_seen_is_drawn(browser, tmp_path) -> None:
    view = opened(browser, tmp_path, [group([" ".join(f"word{number}" for number in range(5000))])])
    view.slide(4)
    assert len(view.tokens("gradient")) < 1000
    text = view.row("gradient").locator(".heatmap-text")
    text.evaluate("text => text.scrollTop = text.scrollHeight")
    view.row("gradient").get_by_text("word4999", exact=True).wait_for()
    assert view.row("slope").locator(".heatmap-text").evaluate("text => text.scrollTop") > 0  # rows scroll together
    view.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(view.tokens("gradient")) == 5000


def test_text_of_private_datasets_is_said_to_be_withheld(browser, tmp_path) -> None:
    private = {"dataset": "ward", "model": "none", "withheld": True, "examples": [], "curves": []}
    view = opened(browser, tmp_path, [private, group([TEXT])])
    assert "the dataset is private: ward (none)" in view.page.locator(".heatmaps").inner_text()
    assert view.page.locator("[data-choice=group] option").all_text_contents() == ["made-up, none"]
    alone = opened(browser, tmp_path, [private])
    assert alone.errors == []
    assert "the dataset is private: ward (none)" in alone.page.locator(".heatmaps").inner_text()
    assert "<section" not in rendered([])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_shade_leaves_the_text_readable(browser, tmp_path, scheme) -> None:
    view = opened(browser, tmp_path, [group([" ".join(["word"] * 100)])], color_scheme=scheme)
    for explainer in ("gradient", "slope"):
        contrasts = [contrast(token["colour"], token["background"]) for token in view.tokens(explainer)]
        assert min(contrasts) > 4.5
    shades = [luminance(token["background"]) for token in view.tokens("gradient")]
    assert shades == sorted(shades, reverse=scheme == "dark")
    assert max(shades) + 0.05 > 2.5 * (min(shades) + 0.05)


def contrast(first: str, second: str) -> float:
    """As WCAG 2.2 has it."""
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(...)`, or of what `color-mix` in Oklab computes to (Ottosson 2020)."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", colour)]
    red, green, blue = linear_of_oklab(*numbers[:3]) if colour.startswith("oklab") else map(linear, numbers[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(value: float) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def linear_of_oklab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def test_on_a_phone_nothing_is_wider_than_the_screen(browser, tmp_path) -> None:
    long_word = "Donaudampfschifffahrtsgesellschaft" * 5
    view = opened(browser, tmp_path, [group([f"{TEXT} {long_word}"])], viewport={"width": 360, "height": 740})
    view.slide(1)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
    for choice in view.page.locator(".heatmaps :is(select, button):visible").all():
        assert choice.bounding_box()["height"] >= 24


def test_data_in_the_page_are_data(tmp_path) -> None:
    page = rendered([group(HOSTILE)])
    embedded = re.search(r'<script type="application/json" id="heatmaps-data">(.*?)</script>', page, re.DOTALL).group(1)
    assert [example["text"] for example in json.loads(embedded)[0]["examples"]] == HOSTILE
