"""What pages are decided by: editors' rules, models, and counts of reads and teasers."""
