from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.heatmaps:collect_heatmaps",
    snakemake,
    output=Path(snakemake.output[0]).parent,
)
