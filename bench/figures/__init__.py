"""Figures: measured in turn, printed, kept, and told in tables and plots."""
