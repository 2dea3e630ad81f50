# One job a round: mask, train from scratch, evaluate and, when another round builds on it, explain again.

ROUND = "<results>/{protocol}/{ladder}/{dataset}/{model}/{explainer}/seed{seed}/round{round}"


rule retrain_round:
    input:
        unpack(
            lambda wildcards: plan.round_inputs(
                study, plan.cell(wildcards), int(wildcards.round)
            )
        ),
        tokens=lambda wildcards: plan.token_files(
            study, wildcards.dataset, wildcards.model
        ),
        start=lambda wildcards: plan.start_files(
            study, wildcards.dataset, wildcards.model
        ),
    output:
        masked_at=split_files(f"{ROUND}/masked_at"),
        predictions=f"{ROUND}/predictions/test.parquet",
        metrics=f"{ROUND}/metrics.json",
    log:
        ROUND.replace("<results>", "<results>/logs/retrain_round") + ".log",
    benchmark:
        ROUND.replace("<results>", "<results>/benchmarks/retrain_round") + ".tsv"
    wildcard_constraints:
        protocol=plan.final_rounds(study),
    conda:
        "../../envs/recursive-roar.yaml"
    resources:
        runtime=120,
        mem_mb=8000,
        gpu=plan.gpus(study),
    params:
        masking=lambda wildcards: identity.masking_settings(
            study, wildcards.ladder, int(wildcards.round)
        ),
        training=lambda wildcards: identity.training_settings(
            study, wildcards.dataset, wildcards.model
        ),
        explaining=None,
    message:
        "Round {wildcards.round}: retraining {wildcards.model} on {wildcards.dataset} "
        "masked by {wildcards.explainer}, seed {wildcards.seed} ({wildcards.protocol})"
    script:
        "../scripts/retrain_round.py"


use rule retrain_round as retrain_and_explain_round with:
    output:
        masked_at=split_files(f"{ROUND}/masked_at"),
        predictions=f"{ROUND}/predictions/test.parquet",
        importance=split_files(f"{ROUND}/importance"),
        metrics=f"{ROUND}/metrics.json",
    wildcard_constraints:
        protocol=plan.explained_rounds(study),
    params:
        masking=lambda wildcards: identity.masking_settings(
            study, wildcards.ladder, int(wildcards.round)
        ),
        training=lambda wildcards: identity.training_settings(
            study, wildcards.dataset, wildcards.model
        ),
        explaining=lambda wildcards: identity.explainer_settings(
            study, wildcards.explainer
        ),
    message:
        "Round {wildcards.round}: retraining and explaining {wildcards.model} on {wildcards.dataset} "
        "masked by {wildcards.explainer}, seed {wildcards.seed} ({wildcards.protocol})"
