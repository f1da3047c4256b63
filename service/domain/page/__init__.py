"""How a page's widgets are decided: candidates, their score, and what may stand beside what."""
