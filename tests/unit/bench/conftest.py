"""Lets tests import the benchmarks, which belong to no installed package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
