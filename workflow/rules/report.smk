# Scores, figures and the page that people read.


rule score:
    message:
        "Scoring every explainer"
    input:
        plan.metrics_files(study),
    output:
        runs="<results>/scores/runs.parquet",
        scores="<results>/scores/scores.parquet",
        summary="<results>/scores/summary.parquet",
    params:
        settings=plan.score_settings(study),
    log:
        "<results>/logs/score.log",
    benchmark:
        "<results>/benchmarks/score.tsv"
    resources:
        runtime=30,
        mem_mb=4000,
    conda:
        "../../envs/recursive-roar.yaml"
    script:
        "../scripts/score.py"


rule draw_figures:
    message:
        "Drawing the curves"
    input:
        runs="<results>/scores/runs.parquet",
        summary="<results>/scores/summary.parquet",
    output:
        report(
            plan.figure_files(study),
            caption="../report/curves.rst",
            category="Curves",
        ),
    params:
        settings=plan.figure_settings(study),
    log:
        "<results>/logs/draw_figures.log",
    benchmark:
        "<results>/benchmarks/draw_figures.tsv"
    resources:
        runtime=30,
        mem_mb=4000,
    conda:
        "../../envs/recursive-roar.yaml"
    script:
        "../scripts/draw_figures.py"


rule write_report:
    message:
        "Writing the report"
    input:
        scores=rules.score.output,
        figures=rules.draw_figures.output,
        template=plan.REPORT_TEMPLATE,
    output:
        report("<results>/report.html", caption="../report/scores.rst", category="Scores"),
    params:
        settings=plan.report_settings(study),
    log:
        "<results>/logs/write_report.log",
    benchmark:
        "<results>/benchmarks/write_report.tsv"
    resources:
        runtime=30,
        mem_mb=4000,
    conda:
        "../../envs/recursive-roar.yaml"
    script:
        "../scripts/write_report.py"
