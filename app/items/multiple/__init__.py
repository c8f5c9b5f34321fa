"""Every right option among four to six."""
