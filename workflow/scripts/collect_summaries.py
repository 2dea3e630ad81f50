from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.mimic:collect_summaries",
    snakemake,
    notes=Path(snakemake.input[0]),
    output=Path(snakemake.output[0]),
)
