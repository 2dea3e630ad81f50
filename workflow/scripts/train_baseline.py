from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.baseline:train_baseline",
    snakemake,
    settings=snakemake.params.training,
    tokens=Path(snakemake.input.tokens[0]).parent,
    seed=int(snakemake.wildcards.seed),
    output=Path(snakemake.output.metrics).parent,
)
