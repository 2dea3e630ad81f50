from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.prepare:prepare_dataset",
    snakemake,
    settings=snakemake.params.settings,
    fetched=Path(snakemake.input[0]) if snakemake.params.settings["hub"] else None,
    output=Path(snakemake.output[0]).parent,
)
