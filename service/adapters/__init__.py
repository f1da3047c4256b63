"""Adapters: the ports of the domain, carried out with a real store, real files and real sources."""
