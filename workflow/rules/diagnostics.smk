# What else is to be known of masks and importance before a score is believed.

from recursive_roar.diagnostics import plan as diagnostics


rule diagnose:
    input:
        lambda wildcards: diagnostics.inputs(
            study, wildcards.dataset, wildcards.model, int(wildcards.seed)
        ),
        tokens=lambda wildcards: plan.token_files(
            study, wildcards.dataset, wildcards.model
        ),
        dataset="<results>/datasets/{dataset}/test.parquet",
    output:
        diagnostics.files("<results>/diagnostics/{dataset}/{model}/seed{seed}"),
    log:
        "<results>/logs/diagnose/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<results>/benchmarks/diagnose/{dataset}/{model}/seed{seed}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=120,
        mem_mb=8000,
    params:
        settings=diagnostics.settings(study),
    message:
        "Diagnosing {wildcards.model} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/diagnose.py"


rule collect_diagnostics:
    input:
        diagnostics.collected(study),
        scores="<results>/scores/scores.parquet",
    output:
        diagnostics.files("<results>/scores"),
        "<results>/scores/controls.parquet",
    log:
        "<results>/logs/collect_diagnostics.log",
    benchmark:
        "<results>/benchmarks/collect_diagnostics.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=30,
        mem_mb=4000,
    params:
        settings=diagnostics.collection_settings(study),
    message:
        "Collecting diagnostics"
    script:
        "../scripts/collect_diagnostics.py"
