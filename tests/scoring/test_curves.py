import pyarrow as pa

from recursive_roar.scoring.curves import RUNS_SCHEMA, curves


def table(rows: list[tuple[str, int, float | None]], ladder: str = "relative") -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "ladder": ladder,
                "explainer": explainer,
                "seed": 0,
                "round": number,
                "masked_share_asked": number / 4 if ladder == "relative" else None,
                "masked_tokens_asked": number * 2 if ladder == "absolute" else None,
                "value": value,
                "status": "missing" if value is None else "done",
            }
            for explainer, number, value in rows
        ],
        schema=RUNS_SCHEMA,
    )


def test_a_cell_is_one_curve_in_order_of_rounds() -> None:
    first, second = curves(table([("a", 2, 0.3), ("b", 0, 0.8), ("a", 0, 0.9), ("a", 1, 0.5)]))
    assert (first.cell["explainer"], first.rounds, first.values) == ("a", [0, 1, 2], [0.9, 0.5, 0.3])
    assert (second.cell["explainer"], second.rounds, second.values) == ("b", [0], [0.8])


def test_the_ladder_decides_what_was_asked() -> None:
    rows = [("a", 0, 0.9), ("a", 1, 0.5)]
    assert curves(table(rows))[0].asked == [0, 0.25]
    assert curves(table(rows, "absolute"))[0].asked == [0, 2]


def test_rounds_without_a_value_are_missing() -> None:
    assert curves(table([("a", 0, 0.9), ("a", 1, None), ("a", 2, 0.2)]))[0].missing == [1]
