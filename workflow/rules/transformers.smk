# Pretrained models: fetched where the network is, and each with a tokeniser of its own.


localrules:
    fetch_model,


rule fetch_model:
    output:
        directory("<results>/pretrained/{model}"),
    log:
        "<results>/logs/fetch_model/{model}.log",
    benchmark:
        "<results>/benchmarks/fetch_model/{model}.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=60,
        mem_mb=4000,
    params:
        settings=lambda wildcards: identity.fetch_model_settings(study, wildcards.model),
    message:
        "Fetching {wildcards.model} from the Hugging Face hub"
    script:
        "../scripts/fetch_model.py"


rule tokenize_into_subwords:
    input:
        splits=split_files("<results>/datasets/{dataset}"),
        pretrained=lambda wildcards: plan.pretrained_files(study, wildcards.tokenizer),
    output:
        splits=split_files("<results>/tokens/{dataset}/{tokenizer}"),
        vocabulary="<results>/tokens/{dataset}/{tokenizer}/vocabulary.json",
    log:
        "<results>/logs/tokenize_into_subwords/{dataset}/{tokenizer}.log",
    benchmark:
        "<results>/benchmarks/tokenize_into_subwords/{dataset}/{tokenizer}.tsv"
    wildcard_constraints:
        tokenizer=plan.transformers(study),
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=60,
        mem_mb=8000,
    params:
        settings=lambda wildcards: identity.subword_settings(
            study, wildcards.dataset, wildcards.tokenizer
        ),
    message:
        "Splitting {wildcards.dataset} into subwords of {wildcards.tokenizer}"
    script:
        "../scripts/tokenize_into_subwords.py"
