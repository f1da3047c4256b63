"""What flights bring: how often their impressions are seen and followed, and what places do to that."""
