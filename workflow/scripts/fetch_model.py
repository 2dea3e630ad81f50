from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.pretrained:fetch_model",
    snakemake,
    settings=snakemake.params.settings,
    output=Path(snakemake.output[0]),
)
