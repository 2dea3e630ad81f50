from pathlib import Path

import pytest

from snakemake_executor_plugin_submitit.ledger import Entry, Ledger, Work, digest


def entry(target: str, job_id: str | None = None) -> Entry:
    return Entry(
        target,
        "train",
        {f"{target}-0": Work((f"output of {target}",), "content", complete=False)},
        7.5,
        "train-abc",
        job_id,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


def test_what_was_not_closed_is_open(ledger) -> None:
    assert ledger.open_entries() == {}
    ledger.add([entry("a"), entry("b")])
    ledger.add([entry("a", "7"), entry("b", "8")])
    ledger.close(["a"])
    assert ledger.open_entries() == {"b": entry("b", "8")}
    ledger.add([entry("a", "9")])
    assert ledger.open_entries()["a"] == entry("a", "9")


def test_compacting_keeps_what_is_open(ledger) -> None:
    ledger.add([entry("a", "7"), entry("b", "8")])
    ledger.close(["a"])
    ledger.compact()
    assert ledger.open_entries() == {"b": entry("b", "8")}
    assert '"a"' not in ledger.path.read_text()


def test_a_line_cut_short_by_a_kill_costs_that_line_only(ledger) -> None:
    ledger.add([entry("a", "7")])
    with ledger.path.open("a") as file:
        file.write('\n{"format": 1, "target": "b", "con')
    ledger.add([entry("c", "8")])
    assert set(ledger.open_entries()) == {"a", "c"}


def test_another_format_is_passed_over(ledger) -> None:
    ledger.path.write_text('{"format": 99, "anything": 1}\n')
    assert ledger.open_entries() == {}


def test_a_digest_depends_on_every_part() -> None:
    assert digest("a", "b") == digest("a", "b") != digest("ab") != digest("a", "c")
