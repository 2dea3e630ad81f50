from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.collect_diagnostics:collect_diagnostics",
    snakemake,
    scores=Path(snakemake.input.scores),
    output=Path(snakemake.output[0]).parent,
)
