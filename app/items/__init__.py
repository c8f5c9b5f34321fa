"""Item types and what they are written in: pure, with no database, web or disk."""
