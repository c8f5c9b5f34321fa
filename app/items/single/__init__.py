"""One right option among three to six."""
