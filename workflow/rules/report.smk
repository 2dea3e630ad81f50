# Scores, figures and the page that people read.


rule score:
    input:
        metrics=plan.metrics_files(study),
        predictions=plan.predictions_files(study),
        tokens=sorted(
            {
                plan.test_tokens(study, cell.dataset, cell.model)
                for cell in plan.cells(study)
            }
        ),
    output:
        runs="<results>/scores/runs.parquet",
        scores="<results>/scores/scores.parquet",
        summary="<results>/scores/summary.parquet",
        published="<results>/scores/published.parquet",
        published_performance="<results>/scores/published_performance.parquet",
        deviations="<results>/deviations.json",
        cost="<results>/cost.parquet",
        seconds="<results>/seconds.parquet",
        comparisons="<results>/scores/comparisons.parquet",
        variance="<results>/scores/variance.parquet",
        aggregate="<results>/scores/aggregate.parquet",
        improvement="<results>/scores/improvement.parquet",
    log:
        "<results>/logs/score.log",
    benchmark:
        "<results>/benchmarks/score.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=30,
        mem_mb=4000,
    params:
        settings=identity.score_settings(study),
        comparison=identity.comparison_settings(study),
    message:
        "Scoring every explainer"
    script:
        "../scripts/score.py"


rule draw_figures:
    input:
        runs="<results>/scores/runs.parquet",
        summary="<results>/scores/summary.parquet",
    output:
        report(
            plan.figure_files(study),
            caption="../report/curves.rst",
            category="Curves",
        ),
    log:
        "<results>/logs/draw_figures.log",
    benchmark:
        "<results>/benchmarks/draw_figures.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=30,
        mem_mb=4000,
    params:
        settings=identity.figure_settings(study),
    message:
        "Drawing the curves"
    script:
        "../scripts/draw_figures.py"


rule write_report:
    input:
        scores=rules.score.output,
        diagnostics=rules.collect_diagnostics.output,
        heatmaps=rules.collect_heatmaps.output,
    output:
        report(
            "<results>/report.html", caption="../report/scores.rst", category="Scores"
        ),
    log:
        "<results>/logs/write_report.log",
    benchmark:
        "<results>/benchmarks/write_report.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=30,
        mem_mb=4000,
    params:
        settings=identity.report_settings(study),
    message:
        "Writing the report"
    script:
        "../scripts/write_report.py"
