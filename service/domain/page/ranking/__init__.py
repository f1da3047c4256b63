"""The score of each candidate, and who comes first whatever the score."""
