# From a source of text to token ids.


localrules:
    fetch,
    fetch_dataset,


rule fetch:
    message:
        "Everything that needs the network is here"
    input:
        [f"<results>/fetched/{dataset.name}" for dataset in study.datasets if dataset.hub],


rule fetch_dataset:
    message:
        "Fetching {wildcards.dataset} from the Hugging Face hub"
    output:
        directory("<results>/fetched/{dataset}"),
    params:
        settings=lambda wildcards: plan.fetch_settings(study, wildcards.dataset),
    log:
        "<results>/logs/fetch_dataset/{dataset}.log",
    benchmark:
        "<results>/benchmarks/fetch_dataset/{dataset}.tsv"
    resources:
        runtime=60,
        mem_mb=4000,
    conda:
        "../../envs/recursive-roar.yaml"
    script:
        "../scripts/fetch_dataset.py"


rule prepare_dataset:
    message:
        "Preparing {wildcards.dataset}"
    input:
        lambda wildcards: plan.source_files(study, wildcards.dataset),
    output:
        plan.split_files("<results>/datasets/{dataset}"),
    params:
        settings=lambda wildcards: plan.dataset_settings(study, wildcards.dataset),
    log:
        "<results>/logs/prepare_dataset/{dataset}.log",
    benchmark:
        "<results>/benchmarks/prepare_dataset/{dataset}.tsv"
    resources:
        runtime=30,
        mem_mb=4000,
    conda:
        "../../envs/recursive-roar.yaml"
    script:
        "../scripts/prepare_dataset.py"


rule tokenize_dataset:
    message:
        "Splitting {wildcards.dataset} into words"
    input:
        plan.split_files("<results>/datasets/{dataset}"),
    output:
        splits=plan.split_files("<results>/tokens/{dataset}/word"),
        vocabulary="<results>/tokens/{dataset}/word/vocabulary.json",
    params:
        settings=lambda wildcards: plan.token_settings(study, wildcards.dataset),
    log:
        "<results>/logs/tokenize_dataset/{dataset}.log",
    benchmark:
        "<results>/benchmarks/tokenize_dataset/{dataset}.tsv"
    resources:
        runtime=30,
        mem_mb=4000,
    conda:
        "../../envs/recursive-roar.yaml"
    script:
        "../scripts/tokenize_dataset.py"
