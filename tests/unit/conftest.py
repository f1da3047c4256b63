"""Lets unit tests import the makers beside them by their plain names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "page"))
