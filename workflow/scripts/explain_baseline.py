from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.explain:explain_baseline",
    snakemake,
    settings=snakemake.params.explaining,
    training=snakemake.params.training,
    tokens=Path(snakemake.input.tokens[0]).parent,
    model=Path(snakemake.input.model),
    seed=int(snakemake.wildcards.seed),
    output=Path(snakemake.output[0]).parent,
    splits=[Path(file).stem for file in snakemake.output],
)
