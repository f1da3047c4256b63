"""How a page's widgets are decided and explained: candidates, their score, what may stand beside what, and why."""
