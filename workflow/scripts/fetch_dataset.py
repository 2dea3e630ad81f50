from pathlib import Path

from recursive_roar.steps.conditions import logged
from recursive_roar.steps.prepare import fetch_dataset

with logged(Path(snakemake.log[0])):
    fetch_dataset(snakemake.params.settings, Path(snakemake.output[0]))
