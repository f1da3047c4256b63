"""The inventory as files that a host's processes share."""
