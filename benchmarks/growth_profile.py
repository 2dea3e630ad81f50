"""Where a round spends CPU time with few and with many words: `python benchmarks/growth_profile.py`.

The smallest and the largest point of growth.py's vocabulary, under Python's profiler, one process each.
"""

import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from growth import BASE, SIZES, prepare, run
from record import record

WORDS = SIZES["vocabulary"][0], SIZES["vocabulary"][-1]
SHOWN = 8


def profile(vocabulary: int) -> dict[str, float]:
    """CPU seconds inside each function itself, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), **{**BASE, "vocabulary": vocabulary})
        profiler = cProfile.Profile(time.process_time)
        profiler.runcall(run, Path(folder), BASE["length"], vocabulary)
    found: dict[str, float] = {}
    for (_, _, name), (_, _, seconds, _, _) in pstats.Stats(profiler).stats.items():
        found[name] = found.get(name, 0.0) + seconds
    return found


def in_a_process(vocabulary: int) -> dict[str, float]:
    command = [sys.executable, __file__, str(vocabulary)]
    found: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def _readable(name: str) -> str:
    """`torch._fused_adam_` of `<built-in method torch._fused_adam_>`."""
    return name.strip("<>").removeprefix("built-in method ").partition(" of ")[0].removeprefix("method ").strip("'")


def main() -> None:
    few, many = map(in_a_process, WORDS)
    added = {name: many.get(name, 0.0) - few.get(name, 0.0) for name in many}
    most = sorted(added, key=added.__getitem__, reverse=True)[:SHOWN]
    rows = [("all", *(sum(each.values()) for each in (few, many, added)))]
    rows += [(_readable(name), few.get(name, 0.0), many[name], added[name]) for name in most]
    names = ("function", *(f"cpu_seconds_of_{words}_words" for words in WORDS), "added")
    record("growth_profile", [dict(zip(names, row, strict=True)) for row in rows])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(profile(int(sys.argv[1]))))
    else:
        main()
