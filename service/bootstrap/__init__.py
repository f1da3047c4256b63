"""The one composition root: only here implementations are chosen, a module for each room."""
