from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.diagnose:diagnose",
    snakemake,
    tokens=Path(snakemake.input.tokens[0]).parent,
    dataset=Path(snakemake.input.dataset),
    name=snakemake.wildcards.dataset,
    model=snakemake.wildcards.model,
    seed=int(snakemake.wildcards.seed),
    output=Path(snakemake.output[0]).parent,
)
