"""Traffic is counted, learnt, and told to who wants to book it."""
