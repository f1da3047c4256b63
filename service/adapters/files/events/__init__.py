"""Events in files: the journal of those that wait, and Parquet for others' tools."""
