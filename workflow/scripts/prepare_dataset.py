from pathlib import Path

from recursive_roar.jobs.run import run_step

dataset = snakemake.params.settings["dataset"]
made_by_a_rule = dataset["hub"] or dataset["mimic"]

run_step(
    "recursive_roar.steps.prepare:prepare_dataset",
    snakemake,
    settings=snakemake.params.settings,
    made=Path(snakemake.input[0]) if made_by_a_rule else None,
    output=Path(snakemake.output[0]).parent,
)
