"""Step: what a study will cost, printed and kept, and beside it what it took so far."""

from collections.abc import Iterable, Mapping
from typing import Any

from recursive_roar.artifacts import write_json
from recursive_roar.config import Study
from recursive_roar.forecast.cost import forecast_file, spent
from recursive_roar.forecast.disk import disk
from recursive_roar.forecast.seconds import Clock, Kind, Measured, measured
from recursive_roar.forecast.took import took
from recursive_roar.forecast.work import cells, chain_length, jobs, trainings

KINDS: dict[Kind, str] = {"gpu": "cpu", "cpu": "cuda"}
"""Kinds of device, each with the setting that rules it out."""


def forecast(study: Study) -> None:
    """Print the forecast and what was spent, and write `forecast.json`, which is left alone once all is trained."""
    found, real = forecast_study(study), spent(study, took(study))
    if real["trainings"] < found["trainings"]:
        write_json(forecast_file(study), found)
    print(as_text(found, real), flush=True)


def forecast_study(study: Study) -> dict[str, Any]:
    """What the whole study costs when nothing of it is made yet; null where nothing comparable was measured.

    What a total leaves out for want of measurements is named under `..._not_counted`.
    """
    runs, by_rule, (volume, without_size) = measured(study), jobs(study), disk(study)
    found = {
        "trainings": trainings(study).total(),
        "jobs": sum(by_rule.values()),
        "jobs_by_rule": by_rule,
        "longest_chain": max(chain_length(study, cell) for cell in cells(study)),
    }
    for kind in KINDS:
        found |= _on(kind, study, runs)
    megabytes = None if volume is None else volume / 1e6
    return {**found, "disk_mb": megabytes, "disk_not_counted": without_size}


def _on(kind: Kind, study: Study, runs: Iterable[Measured]) -> dict[str, Any]:
    """Hours on one kind of device, if the study may run there."""
    usable = [run for run in runs if run.kind == kind and study.compute.device != KINDS[kind]]
    clock = Clock(study, usable)
    total, unknown = clock.total()
    return {
        f"{kind}_hours": _hours(total),
        f"longest_chain_{kind}_hours": _hours(clock.longest_chain()),
        f"{kind}_measured_on": sorted({run.device for run in usable}),
        f"{kind}_not_counted": unknown if usable else [],
    }


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 3600


def as_text(found: Mapping[str, Any], real: Mapping[str, float]) -> str:
    """Forecast and real, side by side, for a terminal."""
    lines = [f"{'':<36}{'forecast':>12}{'so far':>12}"]
    lines.append(_line("trainings", found["trainings"], real["trainings"]))
    lines.append(_line("trainings in longest chain", found["longest_chain"]))
    lines += [_line(f"jobs of {rule}", number) for rule, number in found["jobs_by_rule"].items()]
    for kind in KINDS:
        lines.append(_line(f"{kind.upper()} hours", found[f"{kind}_hours"], real[f"{kind}_hours"]))
        lines.append(_line("  of the longest chain", found[f"longest_chain_{kind}_hours"]))
        lines += [f"  measured on {device}" for device in found[f"{kind}_measured_on"]]
        lines += [f"  not counted, as nothing like it was measured: {each}" for each in found[f"{kind}_not_counted"]]
    lines.append(_line("MB on disk, before compression", found["disk_mb"], real["disk_mb"]))
    lines += [f"  not counted, as its size is unknown: {each}" for each in found["disk_not_counted"]]
    return "\n".join(lines)


def _line(what: str, forecast: float | None, real: float | None = None) -> str:
    spent = "" if real is None else _number(real)
    return f"{what:<36}{_number(forecast):>12}{spent:>12}".rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
