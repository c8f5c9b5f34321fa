"""Rows, and nothing that decides."""
