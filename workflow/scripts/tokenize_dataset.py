from pathlib import Path

from recursive_roar.steps.conditions import logged
from recursive_roar.steps.tokenize import tokenize_dataset

with logged(Path(snakemake.log[0])):
    tokenize_dataset(
        snakemake.params.settings,
        dataset=Path(snakemake.input[0]).parent,
        output=Path(snakemake.output.vocabulary).parent,
    )
