from recursive_roar.jobs.run import run_step

run_step("recursive_roar.steps.forecast:forecast", snakemake)
