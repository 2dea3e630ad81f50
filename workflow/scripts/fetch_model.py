from pathlib import Path

from recursive_roar.steps.conditions import logged
from recursive_roar.steps.pretrained import fetch_model

with logged(Path(snakemake.log[0])):
    fetch_model(snakemake.params.settings, Path(snakemake.output[0]))
