from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.report:write_report",
    snakemake,
    scores=Path(snakemake.input.scores[0]).parent,
    output=Path(snakemake.output[0]),
)
