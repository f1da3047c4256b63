"""The standfirst command."""
