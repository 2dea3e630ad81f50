from pathlib import Path

from recursive_roar.jobs.run import run_step

run_step(
    "recursive_roar.steps.export:export",
    snakemake,
    tables=[Path(name) for name in snakemake.input if name.endswith(".parquet")],
    output=Path(snakemake.output[0]),
)
