from pathlib import Path

from recursive_roar.config import load_study
from recursive_roar.steps.conditions import logged
from recursive_roar.steps.score import score_study

with logged(Path(snakemake.log[0])):
    score_study(load_study(snakemake.config), Path(snakemake.output.runs).parent)
