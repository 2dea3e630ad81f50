from pathlib import Path

from recursive_roar.config import load_study
from recursive_roar.steps.baseline import train_baseline
from recursive_roar.steps.conditions import Conditions, logged

with logged(Path(snakemake.log[0])):
    train_baseline(
        snakemake.params.training,
        tokens=Path(snakemake.input.tokens[0]).parent,
        seed=int(snakemake.wildcards.seed),
        conditions=Conditions.of(load_study(snakemake.config), snakemake.threads),
        output=Path(snakemake.output.metrics).parent,
    )
