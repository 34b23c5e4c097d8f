"""metrics.py - nDCG and recall as trec_eval computes them (linear gain, log2 discount), for rankings that are already in order."""

import math

Judgements = dict[str, dict[str, int]]  # query -> document -> grade
Rankings = dict[str, list[str]]         # query -> documents, best first


def ndcg(judgements: Judgements, rankings: Rankings, cutoff: int) -> float:
    """Mean over the judged queries of DCG at the cutoff over the best possible DCG."""
    total = 0.0
    for query, grades in judgements.items():
        gains = [grades.get(document, 0) for document in rankings.get(query, [])[:cutoff]]
        ideal = _dcg(sorted(grades.values(), reverse=True)[:cutoff])
        total += _dcg(gains) / ideal if ideal > 0 else 0.0
    return total / len(judgements)


def recall(judgements: Judgements, rankings: Rankings, cutoff: int) -> float:
    """Mean over the judged queries of the share of relevant documents among the first `cutoff`."""
    total = 0.0
    for query, grades in judgements.items():
        relevant = {document for document, grade in grades.items() if grade > 0}
        total += len(relevant.intersection(rankings.get(query, [])[:cutoff])) / len(relevant) if relevant else 0.0
    return total / len(judgements)


def hit(judgements: Judgements, rankings: Rankings, cutoff: int) -> float:
    """Share of the judged queries with a relevant document among the first `cutoff`."""
    found = sum(any(grades.get(document, 0) > 0 for document in rankings.get(query, [])[:cutoff]) for query, grades in judgements.items())
    return found / len(judgements)


def _dcg(gains: list[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))
