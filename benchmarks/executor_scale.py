"""Many trivial jobs through the submitit executor on the development Slurm, beside snakemake-executor-plugin-slurm.

`python benchmarks/executor_scale.py --jobs 5000`, with the development Slurm running (envs/slurm/start.sh). The other
executor is measured where it is installed.
"""

import argparse
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SNAKEFILE = """
rule all:
    input: expand("out/{{number}}", number=range({jobs}))
rule one:
    output: "out/{{number}}"
    resources: runtime=5, mem_mb=300
    shell: "echo {{wildcards.number}} >> starts; touch {{output}}"
"""
COUNTED = ("sbatch", "sacct", "squeue", "scontrol")
EXECUTORS = {
    "submitit": ["--executor", "submitit", "--submitit-cluster", "slurm"],
    "submitit, packed by 4": ["--executor", "submitit", "--submitit-cluster", "slurm", "--submitit-pack", "4"],
    "slurm": ["--executor", "slurm", "--slurm-array-jobs", "all", "--slurm-array-limit", "500"],
}
COUNTER = '#!/bin/bash\necho {name} >> {folder}/calls\nexec {real} "$@"\n'


def counters(folder: Path) -> str:
    """PATH with commands that count themselves."""
    for name in COUNTED:
        script = folder / name
        script.write_text(COUNTER.format(name=name, folder=folder, real=shutil.which(name)))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"


def measure(name: str, jobs: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="executor-scale-") as temporary:
        folder = Path(temporary)
        (folder / "bin").mkdir()
        (folder / "Snakefile").write_text(SNAKEFILE.format(jobs=jobs))
        environment = {**os.environ, "PATH": counters(folder / "bin")}
        options = ["--jobs", "10000", "--scheduler", "greedy", "--quiet", "all", *EXECUTORS[name]]
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "snakemake", *options], cwd=folder, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        calls = (folder / "bin/calls").read_text().split() if (folder / "bin/calls").exists() else []
        starts = (folder / "starts").read_text().split()
        return {
            "executor": name,
            "jobs": jobs,
            "status": os.waitstatus_to_exitcode(status),
            "seconds": round(time.perf_counter() - start, 1),
            "controller_cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
            "lost": jobs - len(set(starts)),
            "doubled": len(starts) - len(set(starts)),
            "calls": {command: calls.count(command) for command in COUNTED},
        }


def installed(executor: str) -> bool:
    try:
        return executor.startswith("submitit") or bool(version("snakemake-executor-plugin-slurm"))
    except PackageNotFoundError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    jobs = parser.parse_args().jobs
    result = {
        "runs": [measure(name, jobs) for name in EXECUTORS if installed(name)],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "snakemake": version("snakemake"),
    }
    text = json.dumps(result, indent=2)
    print(text)
    Path(__file__).with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
