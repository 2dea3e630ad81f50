from recursive_roar.report.published import comparison, performance

ROW = {
    "dataset": "sst",
    "model": "bilstm-attention",
    "explainer": "gradient",
    "n": 5,
    "racu": 0.114,
    "low": 0.075,
    "high": 0.152,
    "published_racu": 0.076,
    "published_low": 0.056,
    "published_high": 0.099,
    "overlap": True,
}


def test_both_scores_stand_in_a_row() -> None:
    assert comparison([ROW]).splitlines()[2:] == [
        "| sst | bilstm-attention | gradient | 5 | 11.4 | 7.5 to 15.2 | 7.6 | 5.6 to 9.9 | yes |"
    ]


def test_a_score_of_one_seed_has_no_interval_to_overlap() -> None:
    row = {**ROW, "n": 1, "low": None, "high": None, "overlap": None}
    assert comparison([row]).splitlines()[2].endswith("| 11.4 | - | 7.6 | 5.6 to 9.9 | - |")


def test_a_study_without_a_published_cell_says_so() -> None:
    assert comparison([]).startswith("No cell of this study is in the published table")


def test_both_ends_of_a_curve_stand_beside_the_published_ones() -> None:
    end = {"dataset": "babi-1", "model": "bilstm-attention", "masked_share": 1.0, "n": 1, "performance": 0.195}
    limits = dict.fromkeys(["low", "high", "published_low", "published_high"])
    assert performance([{**end, "published_performance": 0.154, **limits}]).splitlines()[2] == (
        "| babi-1 | bilstm-attention | 100% | 1 | 19.5 | - | 15.4 | - |"
    )
