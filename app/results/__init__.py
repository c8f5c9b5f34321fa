"""What an attempt means: the report, its charts and its sentences."""
