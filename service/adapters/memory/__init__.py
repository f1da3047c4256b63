"""Twins of ports that live in memory, held to the same contract suites as the real ones."""
