"""How readers follow teasers: what is counted of it, and what is learnt from that."""
