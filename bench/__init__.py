"""Benchmarks: each prints one JSON line a figure, with its reference measured in the same run."""
