"""Where scheduling spends its time: `python benchmarks/scheduling_profile.py`.

A finished study of few and of many runs is scheduled as in large_results.py, under Python's profiler, one process each.
Choosing the next jobs is mostly looking up the sizes of all input files of all jobs that are ready.
"""

import pstats

from large_results import JOBS_OF_A_SEED, finished, timed
from record import record

RUNS = (680, 2720)
PROFILE = """import cProfile, sys
from snakemake.cli import main
from snakemake.executors import touch
touch.Executor.SLEEPING_TIME = 0
profiler = cProfile.Profile()
try:
    profiler.runcall(main, sys.argv[1:])
finally:
    profiler.dump_stats("profile")
"""


def profile(runs: int) -> dict[str, object]:
    """Seconds in each function and those that it calls, under the profiler."""
    with finished(runs) as study:
        timed(["-c", PROFILE, "--touch", "--forceall", "--cores", "2", "--quiet", "rules"])
        stats = pstats.Stats("profile").stats.items()
    found = {name: total for (file, _, name), (_, _, _, total, _) in stats if file.endswith("job_scheduler.py")}
    seconds = found["schedule"]
    return {
        "runs": runs,
        "jobs": JOBS_OF_A_SEED * len(study.seeds),
        "seconds": seconds,
        "share_of_choosing": found["job_selector"] / seconds,
        "share_of_sizes": (found["job_selector"] - found["run_selector"]) / seconds,
        "share_of_records": found["_finish_jobs"] / seconds,
    }


def main() -> None:
    record("scheduling_profile", [profile(runs) for runs in RUNS])


if __name__ == "__main__":
    main()
