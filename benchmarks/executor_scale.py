"""Many trivial jobs through the submitit executor on the development Slurm, beside snakemake-executor-plugin-slurm.

`python benchmarks/executor_scale.py --jobs 5000`, with the development Slurm running (envs/slurm/start.sh). The other
executor is measured where it is installed (`pip install snakemake-executor-plugin-slurm`).

Scheduler, submissions, allocations, result files and accounts are real. On the nodes, which are all this one machine,
the inner Snakemake that both executors start would take 1.4 s of CPU for a job that does nothing, and with that hours;
unless `--inner-snakemake` is given, Python there does what the job's shell command does and ends (`NODE`).
"""

import argparse
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from record import record

SNAKEFILE = """
rule all:
    input: expand("out/{{number}}", number=range({jobs}))
rule one:
    output: "out/{{number}}"
    resources: runtime=5, mem_mb=300
    shell: "echo {{wildcards.number}} >> starts; touch {{output}}"
"""
COUNTED = ("sbatch", "sacct", "squeue", "scontrol")
NODE = """# Loaded by every Python that starts under this benchmark; acts as the inner Snakemake of a job alone.
import os, sys
words = sys.orig_argv
if "--target-jobs" in words and os.environ.get("SLURM_JOB_ID"):
    targets = words[words.index("--target-jobs") + 1:]
    for target in targets[: next((i for i, word in enumerate(targets) if word.startswith("--")), None)]:
        number = target.partition("number=")[2]
        os.makedirs("out", exist_ok=True)
        with open("starts", "a") as starts:
            starts.write(number + "\\n")
        open("out/" + number, "w").close()
    os._exit(0)
"""
EXECUTORS = {
    "submitit": ["--executor", "submitit", "--submitit-cluster", "slurm"],
    "submitit, packed by 4": ["--executor", "submitit", "--submitit-cluster", "slurm", "--submitit-pack", "4"],
    "slurm": ["--executor", "slurm"],
}
COUNTER = '#!/bin/bash\necho {name} >> {folder}/calls\nexec {real} "$@"\n'


def counters(folder: Path) -> str:
    """PATH with commands that count themselves."""
    for name in COUNTED:
        script = folder / name
        script.write_text(COUNTER.format(name=name, folder=folder, real=shutil.which(name)))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"


def measure(name: str, jobs: int, inner_snakemake: bool) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="executor-scale-") as temporary:
        folder = Path(temporary)
        (folder / "bin").mkdir()
        (folder / "Snakefile").write_text(SNAKEFILE.format(jobs=jobs))
        environment = {**os.environ, "PATH": counters(folder / "bin")}
        if not inner_snakemake:
            (folder / "bin/sitecustomize.py").write_text(NODE)
            environment["PYTHONPATH"] = f"{folder / 'bin'}:{os.environ.get('PYTHONPATH', '')}"
        options = ["--jobs", "10000", "--scheduler", "greedy", "--quiet", "all", *EXECUTORS[name]]
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "snakemake", *options], cwd=folder, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        calls = (folder / "bin/calls").read_text().split() if (folder / "bin/calls").exists() else []
        starts = (folder / "starts").read_text().split() if (folder / "starts").exists() else []
        return {
            "executor": name,
            "jobs": jobs,
            "inner_snakemake": inner_snakemake,
            "cores": os.cpu_count(),
            "status": os.waitstatus_to_exitcode(status),
            "seconds": round(time.perf_counter() - start, 1),
            "controller_cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
            "lost": jobs - len(set(starts)),
            "doubled": len(starts) - len(set(starts)),
            **{f"{command}_calls": calls.count(command) for command in COUNTED},
        }


def installed(executor: str) -> bool:
    try:
        return executor.startswith("submitit") or bool(version("snakemake-executor-plugin-slurm"))
    except PackageNotFoundError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--inner-snakemake", action="store_true")
    parser.add_argument("--executors", nargs="+", default=list(EXECUTORS), choices=EXECUTORS)
    arguments = parser.parse_args()
    names = [name for name in arguments.executors if installed(name)]
    rows = [measure(name, arguments.jobs, arguments.inner_snakemake) for name in names]
    record("executor_scale", rows)


if __name__ == "__main__":
    main()
