"""What the service does, one file per use: fetch, ask the domain, save."""
