from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.pretrained:tokenize_into_subwords",
    snakemake,
    settings=snakemake.params.settings,
    dataset=Path(snakemake.input.splits[0]).parent,
    output=Path(snakemake.output.vocabulary).parent,
)
