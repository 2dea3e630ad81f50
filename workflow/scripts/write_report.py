from pathlib import Path

from recursive_roar.config import load_study
from recursive_roar.steps.conditions import logged
from recursive_roar.steps.report import write_report

with logged(Path(snakemake.log[0])):
    write_report(
        load_study(snakemake.config),
        scores=Path(snakemake.input.scores[0]).parent,
        figures=Path(snakemake.input.figures[0]).parent,
        output=Path(snakemake.output[0]),
    )
