from pathlib import Path

from recursive_roar.steps.conditions import logged
from recursive_roar.steps.prepare import prepare_dataset

with logged(Path(snakemake.log[0])):
    fetched = Path(snakemake.input[0]) if snakemake.params.settings["hub"] else None
    prepare_dataset(snakemake.params.settings, fetched, Path(snakemake.output[0]).parent)
