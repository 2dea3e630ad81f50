from recursive_roar.report.diagnostics import SHOWN, averaged
from recursive_roar.steps.diagnose import SCHEMAS


def test_means_over_seeds() -> None:
    rows = [
        {"explainer": "gradient", "round": 1, "seed": 0, "accuracy": 0.5, "leaks": True},
        {"explainer": "gradient", "round": 1, "seed": 1, "accuracy": 0.25, "leaks": False},
        {"explainer": "gradient", "round": 2, "seed": 0, "accuracy": None, "leaks": None},
    ]
    assert averaged(rows, ["explainer", "round"], ["accuracy", "leaks"]).splitlines() == [
        "| explainer | round | accuracy | leaks |",
        "| --- | --- | --- | --- |",
        "| gradient | 1 | 0.38 | 1 of 2 |",
        "| gradient | 2 | - | - |",
    ]


def test_what_is_shown_is_in_the_tables() -> None:
    for name, schema in SCHEMAS.items():
        assert set(schema.names) >= {*SHOWN[name][0], *SHOWN[name][1]}
