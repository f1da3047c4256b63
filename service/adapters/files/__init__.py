"""Memory-mapped index generations and snapshots, bundles."""
