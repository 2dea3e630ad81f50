from pathlib import Path

from recursive_roar.config import load_study
from recursive_roar.steps.conditions import Conditions, logged
from recursive_roar.steps.round import retrain_round

with logged(Path(snakemake.log[0])):
    retrain_round(
        snakemake.params.masking,
        snakemake.params.training,
        snakemake.params.explaining,
        tokens=Path(snakemake.input.tokens[0]).parent,
        importance=snakemake.input.importance,
        previous=snakemake.input.get("masked_at", []),
        number=int(snakemake.wildcards.round),
        seed=int(snakemake.wildcards.seed),
        conditions=Conditions.of(load_study(snakemake.config), snakemake.threads),
        output=Path(snakemake.output.metrics).parent,
    )
