"""What commands share: their session, their options, and how they show what they found."""
