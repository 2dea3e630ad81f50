"""What the page says by itself, from tables of a few rows."""

from typing import Any

import pytest

from recursive_roar.config import Study, load_study
from recursive_roar.config.study import Statistics
from recursive_roar.diagnostics.against_controls import FEW
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


def compared(
    p_holm: float, least: float = 0.25, seeds: int = 3, other: str = "gradient", **more: Any
) -> dict[str, Any]:
    limits = {"p_holm": p_holm, "smallest_p": least, "smallest_p_holm": least, "n": seeds}
    return {**GROUP, "explainer": "attention", "other": other, "difference": 0.1, **limits, **more}


def contents(*more: str, **tables: Any) -> Contents:
    runs = [{**GROUP, "explainer": name} | RUN for name in ("random", "attention", "gradient", *more)]
    return Contents({"runs": runs, **tables})


def control(verdict: str, kind: str = "permuted") -> dict[str, Any]:
    return {**GROUP, "explainer": "attention", "control": f"attention-{kind}", "verdict": verdict}


def cells(explainer: str, *racu: float | None) -> list[dict[str, Any]]:
    row = {**GROUP, "explainer": explainer, "status": "scored"}
    return [{**row, "seed": seed, "racu": value} for seed, value in enumerate(racu)]


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


def test_a_significant_difference_in_favour_of_another_is_said(study) -> None:
    # Attention has the higher mean, of other seeds; on the seeds of both it is the lower one.
    reverse = compared(0.01, explainer="gradient", other="attention")
    for row in (compared(0.01, difference=-0.1), reverse):
        assert answer(study, contents(summary=TWO, comparisons=[row]))[2].endswith(
            "(60.0 %), but paired tests put gradient above it on the seeds of both."
        )
    both = [compared(0.01, difference=-0.1), compared(0.3, least=0.01, other="lime")]
    assert answer(study, contents("lime", summary=TWO, comparisons=both))[2].endswith(
        "but paired tests put gradient above it on the seeds of both and do not tell it from lime."
    )
    favoured = {**reverse, "difference": -0.1}
    assert answer(study, contents(summary=TWO, comparisons=[favoured]))[2].endswith("from every other explainer.")


def test_explainers_without_a_score_are_not_claimed_to_be_told_apart(study) -> None:
    found = contents(
        "lime", "attention-permuted", summary=TWO, comparisons=[compared(0.01)], controls=[control("beats")]
    )
    assert answer(study, found)[2].endswith("and paired tests tell it from the 1 compared with it, of 2 others.")


def test_means_over_different_seeds_are_named(study) -> None:
    rows = [*cells("attention", 0.6, None, 0.6), *cells("gradient", 0.1, 0.1, 0.1)]
    said = "The highest score is that of attention (60.0 %; not all scores are means over the same seeds), which"
    assert answer(study, contents(summary=TWO, scores=rows))[2].startswith(said)
    rows = [*cells("attention", 0.6, None, 0.6), *cells("gradient", 0.1, None, 0.1)]
    assert "same seeds" not in answer(study, contents(summary=TWO, scores=rows))[2]


def test_a_control_is_no_rival(study) -> None:
    tables = {
        "summary": [*TWO, scored("attention-permuted", 0.9, 0.8, 1.0)],
        "comparisons": [compared(0.01)],
        "controls": [control("not told from")],
    }
    assert "attention (60.0 %), and paired tests tell it from every other" in answer(study, contents(**tables))[2]


def test_controls_are_judged_by_their_verdicts(study) -> None:
    kinds = {"permuted": "not told from", "blurred": "loses to", "negated": "beats", "position-prior": FEW}
    _, *said = warnings(study, contents(controls=[control(verdict, kind) for kind, verdict in kinds.items()]))
    worse = "a copy of itself that should be worse"
    assert said == [
        f"attention scores below {worse} (attention-blurred) in 1 of 4 comparisons.",
        f"attention is not told from {worse} (attention-permuted) in 1 of 4 comparisons.",
        "1 of 4 comparisons with controls have too few seeds for a verdict: at least 3 with both scores are needed.",
    ]


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
    rows = [*contents().rows("runs"), *({**row, "dataset": "babi-2"} for row in contents().rows("runs"))]
    tables = {"summary": [*TWO, *more], "comparisons": [compared(0.01)], "runs": rows}
    _, found, best = answer(study, Contents(tables))
    assert "attention (1 of 2)" in found
    assert found.endswith("over 2 combinations of dataset, model and protocol.")
    assert best == (
        "The highest score is that of attention in 1 and gradient in 1 of 2 combinations; "
        "in 1 it is told from every other."
    )
    reversed_ = {**tables, "comparisons": [compared(0.01, difference=-0.1)]}
    assert answer(study, Contents(reversed_))[2].endswith("in 0 it is told from every other.")


def test_nothing_is_said_of_nothing(study) -> None:
    assert answer(study, contents())[1] == "Nothing has a score that could tell."


def test_warnings_name_what_is_wrong(study) -> None:
    bad = [{**GROUP, "explainer": "attention"} | RUN | {"converged": False, "finite": False}]
    leak = {**GROUP, "explainer": "attention", "accuracy": 0.6, "majority": 0.5, "random": 0.5, "leaks": True}
    none = {**leak, "leaks": False}
    probes = [leak, *[none] * 39, *[{**none, "explainer": "random"}] * 40]
    tables = {"summary": TWO, "runs": bad, "leakage": probes, "comparisons": [compared(0.25)]}
    said = warnings(study, Contents(tables, missing=["a/metrics.json"]))
    assert said[0].startswith("This report is incomplete: 1 training is missing.")
    assert "Few seeds (3) give wide intervals." in said
    assert (
        "No difference between explainers can be significant: with 3 seeds no corrected p (Holm) is below 0.25." in said
    )
    assert "1 of 1 points of the curves are of models that predict one class although not everything is masked." in said
    assert "1 of 1 points of the curves are of models whose predictions are not finite numbers." in said
    assert (
        "Leakage: in 1 of 40 rounds the mask pattern alone predicts the label better than guessing and than random "
        "masks do (attention); chance alone gives about 1.0."
    ) in said


def test_the_fewest_seeds_are_warned_of(study) -> None:
    def seeds(*numbers: int) -> list[str]:
        return warnings(study, contents(summary=[{**TWO[0], "n": number} for number in numbers]))[1:]

    assert seeds(5, 3) == ["Few seeds (3, as some scores have) give wide intervals."]
    assert seeds(0, 1, 5) == ["One seed, as some scores have, gives no interval."]
    assert seeds(1, 1) == ["One seed gives no interval."]
    assert seeds(0, 5) == []


def test_bootstrap_intervals_of_few_seeds_are_called_too_narrow(study) -> None:
    bootstrapped = study.model_copy(update={"statistics": Statistics(interval="paper")})
    for number in (3, 5):
        said = warnings(bootstrapped, contents(summary=[{**TWO[0], "n": number}]))
        assert any("they cover less than they say" in sentence for sentence in said)
        assert not any("wide intervals" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("explainers", "words"),
    [
        (["random", "attention"], "what 1 importance measure names"),
        (["random", "attention", "gradient"], "what 2 importance measures name"),
        (["attention", "gradient"], "what 2 importance measures name"),
        (
            ["random", {"name": "redrawn", "method": "random", "redraw": True}, "gradient"],
            "what 1 importance measure n",
        ),
    ],
)
def test_random_masking_is_no_importance_measure(explainers, words) -> None:
    asked = load_study({"datasets": ["babi-1"], "explainers": explainers, "seeds": [0]})
    runs = [{**GROUP, **RUN, "explainer": explainer.name} for explainer in asked.explainers]
    assert words in answer(asked, Contents({"runs": runs}))[0]


def test_words_are_listed() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
