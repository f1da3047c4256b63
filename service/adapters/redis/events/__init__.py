"""The stream of events in the store."""
