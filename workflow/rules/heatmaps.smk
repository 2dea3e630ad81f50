# What was masked when in a sample of test examples, for the page.

from recursive_roar.heatmaps import plan as heatmaps


rule collect_heatmaps:
    input:
        heatmaps.input_files(study),
    output:
        heatmaps.heatmap_files(study),
    log:
        "<results>/logs/collect_heatmaps.log",
    benchmark:
        "<results>/benchmarks/collect_heatmaps.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=60,
        mem_mb=4000,
    params:
        settings=heatmaps.settings(study),
    message:
        "Collecting token heatmaps"
    script:
        "../scripts/collect_heatmaps.py"
