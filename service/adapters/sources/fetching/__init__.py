"""Files and addresses are opened within bounds."""
