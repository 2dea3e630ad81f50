# Tables and figures for a paper.


rule export:
    input:
        rules.score.output,
        rules.collect_diagnostics.output,
    output:
        directory("<results>/exports"),
    log:
        "<results>/logs/export.log",
    benchmark:
        "<results>/benchmarks/export.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=30,
        mem_mb=4000,
    params:
        settings=identity.export_settings(study),
    message:
        "Writing tables and figures for a paper"
    script:
        "../scripts/export.py"
