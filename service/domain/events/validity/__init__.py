"""Which events count for billing, and what is looked at to say so."""
