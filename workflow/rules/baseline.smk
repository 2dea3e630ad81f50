# The trainings that every explainer and protocol share: on unmasked and on fully masked data.


rule train_baseline:
    input:
        tokens=lambda wildcards: plan.token_files(
            study, wildcards.dataset, wildcards.model
        ),
        start=lambda wildcards: plan.start_files(
            study, wildcards.dataset, wildcards.model
        ),
    output:
        model="<results>/baseline/{dataset}/{model}/seed{seed}/model.safetensors",
        predictions="<results>/baseline/{dataset}/{model}/seed{seed}/predictions/test.parquet",
        metrics="<results>/baseline/{dataset}/{model}/seed{seed}/metrics.json",
    log:
        "<results>/logs/train_baseline/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<results>/benchmarks/train_baseline/{dataset}/{model}/seed{seed}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=120,
        mem_mb=8000,
        gpu=plan.gpus(study),
    params:
        training=lambda wildcards: identity.training_settings(
            study, wildcards.dataset, wildcards.model
        ),
        baseline=identity.baseline_settings(),
    message:
        "Training {wildcards.model} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/train_baseline.py"


rule train_fully_masked:
    input:
        tokens=lambda wildcards: plan.token_files(
            study, wildcards.dataset, wildcards.model
        ),
        start=lambda wildcards: plan.start_files(
            study, wildcards.dataset, wildcards.model
        ),
    output:
        predictions="<results>/fully-masked/{dataset}/{model}/seed{seed}/predictions/test.parquet",
        metrics="<results>/fully-masked/{dataset}/{model}/seed{seed}/metrics.json",
    log:
        "<results>/logs/train_fully_masked/{dataset}/{model}/seed{seed}.log",
    benchmark:
        "<results>/benchmarks/train_fully_masked/{dataset}/{model}/seed{seed}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=120,
        mem_mb=8000,
        gpu=plan.gpus(study),
    params:
        training=lambda wildcards: identity.training_settings(
            study, wildcards.dataset, wildcards.model
        ),
        masking=identity.fully_masked_settings(),
    message:
        "Training {wildcards.model} on fully masked {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/train_fully_masked.py"


rule explain_baseline:
    input:
        tokens=lambda wildcards: plan.token_files(
            study, wildcards.dataset, wildcards.model
        ),
        start=lambda wildcards: plan.start_files(
            study, wildcards.dataset, wildcards.model
        ),
        model="<results>/baseline/{dataset}/{model}/seed{seed}/model.safetensors",
    output:
        split_files(
            "<results>/baseline/{dataset}/{model}/seed{seed}/importance/{explainer}",
            study.explain_splits,
        ),
    log:
        "<results>/logs/explain_baseline/{dataset}/{model}/seed{seed}/{explainer}.log",
    benchmark:
        "<results>/benchmarks/explain_baseline/{dataset}/{model}/seed{seed}/{explainer}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=120,
        mem_mb=8000,
        gpu=plan.gpus(study),
    params:
        explaining=lambda wildcards: identity.explainer_settings(
            study, wildcards.explainer
        ),
        training=lambda wildcards: identity.training_settings(
            study, wildcards.dataset, wildcards.model
        ),
    message:
        "Explaining {wildcards.model} on {wildcards.dataset} by {wildcards.explainer}, seed {wildcards.seed}"
    script:
        "../scripts/explain_baseline.py"
