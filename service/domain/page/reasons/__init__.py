"""Why a teaser stands where it stands, and why another does not, in words."""
