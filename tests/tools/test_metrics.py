"""The benchmarks' nDCG and recall against figures worked out by hand."""

import math

import pytest
from kithbench import metrics

JUDGED = {"q": {"a": 2, "b": 1, "c": 0}, "r": {"d": 1}}


def test_ndcg_divides_the_discounted_gain_by_the_best_possible_one():
    ideal = 2 + 1 / math.log2(3)
    expected = ((1 + 2 / math.log2(3)) / ideal + 1 / math.log2(4)) / 2
    assert metrics.ndcg(JUDGED, {"q": ["b", "a"], "r": ["x", "y", "d"]}, 10) == pytest.approx(expected)


def test_ndcg_ignores_what_is_below_the_cutoff():
    assert metrics.ndcg(JUDGED, {"q": ["x", "a", "b"], "r": ["d"]}, 1) == pytest.approx(0.5)


def test_recall_counts_relevant_documents_only():
    assert metrics.recall(JUDGED, {"q": ["c", "a"], "r": ["d"]}, 100) == pytest.approx(0.75)


def test_a_query_without_a_ranking_counts_as_nothing_found():
    assert metrics.ndcg(JUDGED, {"q": ["a", "b"]}, 10) == pytest.approx(0.5)
    assert metrics.recall(JUDGED, {}, 100) == 0
