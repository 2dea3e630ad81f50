from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.score:score_study",
    snakemake,
    output=Path(snakemake.output.runs).parent,
)
