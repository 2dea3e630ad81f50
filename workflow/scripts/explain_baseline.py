from pathlib import Path

from recursive_roar.config import load_study
from recursive_roar.steps.conditions import Conditions, logged
from recursive_roar.steps.explain import explain_baseline

with logged(Path(snakemake.log[0])):
    explain_baseline(
        snakemake.params.explaining,
        snakemake.params.training,
        tokens=Path(snakemake.input.tokens[0]).parent,
        model=Path(snakemake.input.model),
        seed=int(snakemake.wildcards.seed),
        conditions=Conditions.of(load_study(snakemake.config), snakemake.threads),
        output=Path(snakemake.output[0]).parent,
    )
