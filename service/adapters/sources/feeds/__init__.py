"""RSS and Atom become articles."""
