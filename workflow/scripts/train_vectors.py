from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.mimic:train_vectors",
    snakemake,
    settings=snakemake.params.settings,
    summaries=Path(snakemake.input[0]),
    output=Path(snakemake.output.vectors),
)
