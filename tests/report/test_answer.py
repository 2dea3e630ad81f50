"""What the page says by itself, from tables of a few rows."""

from typing import Any

import pytest

from recursive_roar.config import Study, load_study
from recursive_roar.report.answer import answer, listed
from recursive_roar.report.contents import Contents
from recursive_roar.report.warnings import warnings

GROUP = {"protocol": "recursive-roar", "ladder": "relative", "dataset": "babi-1", "model": "bilstm-attention"}


@pytest.fixture
def study() -> Study:
    explainers = ["random", "attention", "gradient"]
    return load_study({"datasets": ["babi-1"], "explainers": explainers, "seeds": [0, 1, 2]})


def scored(explainer: str, racu: float | None, low: float | None, high: float | None, **other: Any) -> dict[str, Any]:
    row = {**GROUP, "explainer": explainer, "racu": racu, "low": low, "high": high, "method": "student-t", "n": 3}
    return {**row, "acu": 0.1, **other}


def compared(p_holm: float, least: float = 0.25, seeds: int = 3, other: str = "gradient") -> dict[str, Any]:
    limits = {"p_holm": p_holm, "smallest_p": least, "smallest_p_holm": least, "n": seeds}
    return {**GROUP, "explainer": "attention", "other": other, **limits}


def contents(**tables: Any) -> Contents:
    runs = [{**GROUP, "explainer": name} | RUN for name in ("random", "attention", "gradient")]
    return Contents({"runs": runs, **tables})


RUN = {"seed": 0, "round": 1, "status": "done", "masked_share": 0.5, "converged": True, "value": 0.5}
TWO = [scored("attention", 0.6, 0.4, 0.8), scored("gradient", 0.1, -0.2, 0.4)]


def test_the_answer_is_three_sentences(study) -> None:
    question, found, best = answer(study, contents(summary=TWO, comparisons=[compared(0.25)]))
    assert question.startswith("Does masking what 2 importance measures name hurt bilstm-attention on babi-1 more")
    assert found == (
        "Better than random masking, with the whole interval: attention; not told from random masking: gradient."
    )
    assert best == (
        "The highest score is that of attention (60.0 %), but paired tests do not tell it from gradient "
        "(with 3 seeds no corrected p is below 0.25)."
    )


def test_a_significant_difference_is_said(study) -> None:
    assert answer(study, contents(summary=TWO, comparisons=[compared(0.01)]))[2].endswith(
        "(60.0 %), and paired tests tell it from every other explainer."
    )
    assert answer(study, contents(summary=TWO))[2].endswith("which was not tested against the others.")


def test_a_control_is_no_rival(study) -> None:
    tables = {
        "summary": [*TWO, scored("attention-permuted", 0.9, 0.8, 1.0)],
        "comparisons": [compared(0.01)],
        "controls": [{**GROUP, "explainer": "attention", "control": "attention-permuted", "beats": False}],
    }
    found = contents(**tables)
    assert "The highest score is that of attention (60.0 %), and paired tests tell" in answer(study, found)[2]
    assert (
        "attention does not beat a copy of itself that should be worse (attention-permuted) in 1 of 1 comparisons."
        in (warnings(study, found))
    )


def test_one_seed_has_no_interval_to_speak_of(study) -> None:
    rows = [scored("attention", 0.6, None, None, n=1), scored("gradient", -0.1, None, None, n=1)]
    assert answer(study, contents(summary=rows))[1] == (
        "Above random masking, by one seed without an interval: attention; "
        "not above random masking, by one seed: gradient."
    )


def test_several_clipped_seeds_are_not_one(study) -> None:
    rows = [scored("attention", 1.0, None, None), scored("gradient", -1.0, None, None)]
    assert answer(study, contents(summary=rows))[1] == (
        "Above random masking, every seed clipped at ±100 % and so without an interval: attention; "
        "not above random masking, every seed clipped at ±100 % and so without an interval: gradient."
    )


def test_a_bootstrap_without_limits_says_nothing_of_clipping(study) -> None:
    rows = [scored("attention", 0.2, None, None, method="paper"), scored("gradient", -0.2, None, None, method="paper")]
    assert answer(study, contents(summary=rows))[1] == (
        "Above random masking, without an interval as the bootstrap finds no limits: attention; "
        "not above random masking, without an interval as the bootstrap finds no limits: gradient."
    )


def test_scores_with_an_interval_and_without_are_told_apart(study) -> None:
    rows = [TWO[0], scored("gradient", -1.0, None, None), scored("lime", 0.2, None, None, n=1)]
    assert answer(study, contents(summary=rows))[1] == (
        "Better than random masking, with the whole interval: attention; "
        "above random masking, by one seed without an interval: lime; "
        "not above random masking, every seed clipped at ±100 % and so without an interval: gradient."
    )


def test_areas_are_read_where_there_is_nothing_else(study) -> None:
    areas = [scored("attention", None, None, None, n=0), scored("gradient", None, None, None, n=0, acu=-0.1)]
    assert answer(study, contents(summary=areas))[1:] == [
        "There is no RACU here, only the area between the curves (ACU), which has no interval and no test.",
        "Above random masking on average: attention; not above random masking on average: gradient.",
    ]


def test_what_too_few_seeds_cannot_tell_is_judged_after_the_correction(study) -> None:
    rows = [compared(0.19, least=0.19, seeds=6), compared(1.0, least=1.0, seeds=2, other="lime")]
    found = contents(summary=TWO, comparisons=rows)
    assert answer(study, found)[2].endswith("from gradient and lime (with 2 seeds no corrected p is below 1).")
    assert (
        "No difference between explainers can be significant: with 6 seeds no corrected p (Holm) is below 0.19."
        in warnings(study, found)
    )
    enough = contents(summary=TWO, comparisons=[compared(0.06, least=0.012, seeds=10)])
    assert answer(study, enough)[2].endswith("tests do not tell it from gradient.")
    assert not any("can be significant" in sentence for sentence in warnings(study, enough))


def test_several_combinations_are_counted(study) -> None:
    more = [scored("attention", 0.2, -0.1, 0.5, dataset="babi-2"), scored("gradient", 0.4, 0.3, 0.5, dataset="babi-2")]
    _, found, best = answer(study, contents(summary=[*TWO, *more], comparisons=[compared(0.01)]))
    assert "attention (1 of 2)" in found
    assert found.endswith("over 2 combinations of dataset, model and protocol.")
    assert best == (
        "The highest score is that of attention in 1 and gradient in 1 of 2 combinations; "
        "in 1 it is told from every other."
    )


def test_nothing_is_said_of_nothing(study) -> None:
    assert answer(study, contents())[1] == "Nothing has a score that could tell."


def test_warnings_name_what_is_wrong(study) -> None:
    bad = [{**GROUP, "explainer": "attention"} | RUN | {"converged": False, "finite": False}]
    leak = {**GROUP, "explainer": "attention", "leaks": True}
    tables = {"summary": TWO, "runs": bad, "leakage": [leak, {**leak, "leaks": False}], "comparisons": [compared(0.25)]}
    said = warnings(study, Contents(tables, missing=["a/metrics.json"]))
    assert said[0].startswith("This report is incomplete: 1 training is missing.")
    assert "Few seeds (3) give wide intervals." in said
    assert (
        "No difference between explainers can be significant: with 3 seeds no corrected p (Holm) is below 0.25." in said
    )
    assert "1 of 1 points of the curves are of models that predict one class although not everything is masked." in said
    assert "1 of 1 points of the curves are of models whose predictions are not finite numbers." in said
    assert any(sentence.startswith("Leakage: in 1 of 2 rounds") for sentence in said)


def test_words_are_listed() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
