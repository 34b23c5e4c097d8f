"""What the benchmarks share: kith from Python, the peers, the metrics, and how figures are shown and kept."""
