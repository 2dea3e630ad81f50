"""What the benchmarks of growth count, on sizes that take no time."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import growth
import study_growth
from between_rounds import project
from growth_figure import figure


@pytest.mark.parametrize(("costs", "slope"), [((3, 6, 12), 1), ((5, 5, 5), 0), ((1, 4, 16), 2)])
def test_exponent_of_a_power(costs: tuple[float, ...], slope: float) -> None:
    assert growth.exponent((10, 20, 40), costs) == pytest.approx(slope, abs=1e-9)


def test_a_round_on_texts_twice_as_long() -> None:
    short, long = growth.grow("length", [8, 16], {"examples": 16, "length": 8, "vocabulary": 50})
    assert (short["size"], short["training_tokens"]) == (8, 16 * 8)
    assert (long["size"], long["training_tokens"]) == (16, 16 * 16)
    assert short["model_mb"] == long["model_mb"]
    assert short["cpu_seconds"] > 0


def test_trainings_of_a_small_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_growth, "EXAMPLES", {"train": 60, "test": 20})
    monkeypatch.setattr(study_growth, "EPOCHS", 1)
    project(tmp_path)
    row = study_growth.point(tmp_path, explainers=1, seeds=2)
    assert row["trainings"] == 2 * (2 + 3)  # each seed: unmasked, fully masked and three rounds
    assert row["jobs"] == 10 + 2 + 2  # two explained baselines, and a dataset prepared and tokenised


def test_every_axis_has_a_panel() -> None:
    def rows(axes: list[str], *columns: str) -> list[dict[str, object]]:
        return [{"axis": axis, "size": size, **dict.fromkeys(columns, size)} for axis in axes for size in (1, 2)]

    drawn = figure(
        {
            "growth": rows([*growth.SIZES], "cpu_seconds", "memory_mb", "exponent", "memory_exponent"),
            "study_growth": rows([*study_growth.BASE], "seconds", "trainings", "exponent", "trainings_exponent"),
        }
    )
    *panels, _ = drawn.axes
    names = [axes.get_title(loc="left").partition("\n")[0] for axes in panels]
    assert names == ["examples", "length", "vocabulary", "explainers", "seeds"]
    assert {tuple(line.get_ydata()) for axes in panels for line in axes.get_lines()} == {(1, 2)}
