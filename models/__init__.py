"""Learned models: texts and arrays in, scores out. Knows nothing of Flask, Redis or the service."""
