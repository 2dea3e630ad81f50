from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.round:retrain_round",
    snakemake,
    masking=snakemake.params.masking,
    training=snakemake.params.training,
    explaining=snakemake.params.explaining,
    tokens=Path(snakemake.input.tokens[0]).parent,
    importance=list(snakemake.input.importance),
    previous=list(snakemake.input.get("masked_at", [])),
    number=int(snakemake.wildcards.round),
    seed=int(snakemake.wildcards.seed),
    output=Path(snakemake.output.metrics).parent,
)
