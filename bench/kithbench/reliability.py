"""reliability.py - whether `support` means what it says: of the answers with a support of 0.9, nine in ten should be right."""

EDGES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.0)


def add(table, case: str, system: str, judged: list[tuple[float, bool]]) -> None:
    """judged: (support, right) of each answer that was not refused."""
    upper, gap = 1.0, 0.0
    for lower in EDGES:
        inside = [(support, right) for support, right in judged if lower <= support and (support < upper or upper == 1.0)]
        if inside:
            rate = sum(right for _, right in inside) / len(inside)
            gap += abs(sum(support for support, _ in inside) - len(inside) * rate)
            table.add(case, system, f"support {lower:.1f} to {upper:.1f}, {len(inside)} answers: right", 100 * rate, "%")
        upper = lower
    table.add(case, system, "mean support minus share that is right, by bin", 100 * gap / max(1, len(judged)), "points")
