# What the study will cost, and what it took: `snakemake forecast`.


localrules:
    forecast,


rule forecast:
    log:
        "<results>/logs/forecast.log",
    conda:
        "../../envs/recursive-roar.yaml"
    message:
        "Forecasting the study"
    script:
        "../scripts/forecast.py"
