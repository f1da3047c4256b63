"""What page calls cost, stage by stage, and what a worker costs."""
