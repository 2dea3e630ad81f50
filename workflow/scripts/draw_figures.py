from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.report:draw_figures",
    snakemake,
    scores=Path(snakemake.input.runs).parent,
    figures=Path(snakemake.output[0]).parent,
)
