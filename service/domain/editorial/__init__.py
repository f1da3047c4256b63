"""What editors decide over the model's head: rules, and those that hold at a moment."""
