import pyarrow as pa

from recursive_roar.report.diagnostics import SHOWN, averaged, diagnostics
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


def leakage(**place: str) -> dict[str, object]:
    group = {"protocol": "roar", "ladder": "relative", "dataset": "sst", "model": "roberta-base"} | place
    return group | {
        "explainer": "gradient",
        "round": 1,
        "accuracy": 0.5,
        "majority": 0.5,
        "random": 0.5,
        "leaks": False,
    }


def agreement(dataset: str) -> dict[str, object]:
    pair = {"dataset": dataset, "model": "roberta-base", "explainer": "gradient", "other": "lime"}
    return pair | {"rank_correlation": 0.25, "top_overlap": 0.5}


def test_one_group_has_no_heading() -> None:
    tables = {"leakage": pa.Table.from_pylist([leakage(), leakage()]), "agreement": SCHEMAS["agreement"].empty_table()}
    assert diagnostics(tables).splitlines() == [
        "| explainer | round | accuracy | majority | random | leaks |",
        "| --- | --- | --- | --- | --- | --- |",
        "| gradient | 1 | 0.50 | 0.50 | 0.50 | 0 of 2 |",
        "",
        "| explainer | other | rank correlation | top overlap |",
        "| --- | --- | --- | --- |",
    ]


def test_groups_are_told_apart() -> None:
    rows = {
        "leakage": [leakage(), leakage(protocol="recursive-roar"), leakage(dataset="imdb")],
        "agreement": [agreement("sst"), agreement("imdb")],
    }
    found = diagnostics({name: pa.Table.from_pylist(each) for name, each in rows.items()}).splitlines()
    assert [line for line in found if line.startswith("#")] == [
        "### leakage: sst, roberta-base (roar, relative ladder)",
        "### leakage: sst, roberta-base (recursive-roar, relative ladder)",
        "### leakage: imdb, roberta-base (roar, relative ladder)",
        "### agreement: sst, roberta-base",
        "### agreement: imdb, roberta-base",
    ]
    assert found.count("| gradient | 1 | 0.50 | 0.50 | 0.50 | 0 of 1 |") == 3


def test_what_is_shown_is_in_the_tables() -> None:
    for name, schema in SCHEMAS.items():
        assert set(schema.names) >= {*SHOWN[name][0], *SHOWN[name][1]}


def test_a_verdict_stands_between_an_explainer_and_its_control() -> None:
    group = {"protocol": "roar", "ladder": "relative", "dataset": "sst", "model": "roberta-base"}
    row = {**group, "explainer": "gradient", "control": "gradient-permuted", "verdict": "beats"}
    tables = {"controls": pa.Table.from_pylist([{**row, "difference": 0.5, "low": 0.25, "high": 0.75}])}
    assert diagnostics(tables).splitlines() == [
        "| explainer | verdict | control | difference | low | high |",
        "| --- | --- | --- | --- | --- | --- |",
        "| gradient | beats | gradient-permuted | 0.50 | 0.25 | 0.75 |",
    ]
