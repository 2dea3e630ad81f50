from pathlib import Path

from recursive_roar.steps.conditions import logged
from recursive_roar.steps.pretrained import tokenize_into_subwords

with logged(Path(snakemake.log[0])):
    tokenize_into_subwords(
        snakemake.params.settings,
        dataset=Path(snakemake.input.splits[0]).parent,
        output=Path(snakemake.output.vocabulary).parent,
    )
