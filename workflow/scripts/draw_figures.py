from pathlib import Path

from recursive_roar.config import load_study
from recursive_roar.steps.conditions import logged
from recursive_roar.steps.report import draw_figures

with logged(Path(snakemake.log[0])):
    draw_figures(
        load_study(snakemake.config),
        scores=Path(snakemake.input.runs).parent,
        figures=Path(snakemake.output[0]).parent,
    )
