"""The store: every key, script and connection of Redis or Valkey, and the embedded server."""
