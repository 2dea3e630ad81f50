# Recursive ROAR: does an explanation method tell the truth about a text classifier?
#
# Output paths spell out what they hold:
#   results/baseline/{dataset}/{model}/seed{seed}/                                  trained on unmasked data
#   results/{protocol}/{ladder}/{dataset}/{model}/{explainer}/seed{seed}/round{round}/  trained after masking
#   results/fully-masked/{dataset}/{model}/seed{seed}/                              trained on masked data alone


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/mimic.smk"
include: "workflow/rules/transformers.smk"
include: "workflow/rules/baseline.smk"
include: "workflow/rules/rounds.smk"
include: "workflow/rules/diagnostics.smk"
include: "workflow/rules/heatmaps.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/forecast.smk"
include: "workflow/rules/exports.smk"


rule all:
    default_target: True
    input:
        [
            "<results>/report.html",
            "<results>/exports",
            *plan.figure_files(study),
            *rules.collect_diagnostics.output,
        ]
        if study.protocols
        else [],
        plan.metrics_files(study),  # asked for by name, so that a lost round is made again
        plan.importance_files(study),
