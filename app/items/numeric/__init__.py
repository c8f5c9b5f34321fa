"""A number that the candidate works out and types."""
