# What the datasets of MIMIC-III share.


rule collect_summaries:
    input:
        lambda wildcards: plan.mimic_notes(study),
    output:
        "<results>/mimic/discharge-summaries.parquet",
    log:
        "<results>/logs/collect_summaries.log",
    benchmark:
        "<results>/benchmarks/collect_summaries.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=60,
        mem_mb=4000,
    params:
        settings=identity.summary_settings(),
    message:
        "Collecting discharge summaries of MIMIC-III"
    script:
        "../scripts/collect_summaries.py"


rule train_vectors:
    input:
        "<results>/mimic/discharge-summaries.parquet",
    output:
        vectors="<results>/mimic/vectors.npy",
        words="<results>/mimic/vectors.vocab",
    log:
        "<results>/logs/train_vectors.log",
    benchmark:
        "<results>/benchmarks/train_vectors.tsv"
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=240,
        mem_mb=8000,
    params:
        settings=lambda wildcards: identity.vector_settings(study),
    message:
        "Training word vectors on discharge summaries"
    script:
        "../scripts/train_vectors.py"
