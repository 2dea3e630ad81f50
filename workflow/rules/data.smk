# From a source of text to token ids.


localrules:
    fetch,
    fetch_dataset,


rule fetch:
    input:
        [
            f"<results>/fetched/{dataset.name}"
            for dataset in study.datasets
            if dataset.hub
        ],
        [f"<results>/pretrained/{model.name}" for model in study.models if model.on_hub],
    message:
        "Everything that needs the network is here"


rule fetch_dataset:
    output:
        directory("<results>/fetched/{dataset}"),
    log:
        "<results>/logs/fetch_dataset/{dataset}.log",
    benchmark:
        "<results>/benchmarks/fetch_dataset/{dataset}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=60,
        mem_mb=4000,
    params:
        settings=lambda wildcards: identity.fetch_settings(study, wildcards.dataset),
    message:
        "Fetching {wildcards.dataset} from the Hugging Face hub"
    script:
        "../scripts/fetch_dataset.py"


rule prepare_dataset:
    input:
        lambda wildcards: plan.source_files(study, wildcards.dataset),
    output:
        split_files("<results>/datasets/{dataset}"),
    log:
        "<results>/logs/prepare_dataset/{dataset}.log",
    benchmark:
        "<results>/benchmarks/prepare_dataset/{dataset}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=60,
        mem_mb=8000,
    params:
        settings=lambda wildcards: identity.dataset_settings(study, wildcards.dataset),
    message:
        "Preparing {wildcards.dataset}"
    script:
        "../scripts/prepare_dataset.py"


rule tokenize_dataset:
    input:
        split_files("<results>/datasets/{dataset}"),
    output:
        splits=split_files("<results>/tokens/{dataset}/word"),
        vocabulary="<results>/tokens/{dataset}/word/vocabulary.json",
    log:
        "<results>/logs/tokenize_dataset/{dataset}.log",
    benchmark:
        "<results>/benchmarks/tokenize_dataset/{dataset}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=30,
        mem_mb=4000,
    params:
        settings=lambda wildcards: identity.token_settings(study, wildcards.dataset),
    message:
        "Splitting {wildcards.dataset} into words"
    script:
        "../scripts/tokenize_dataset.py"
