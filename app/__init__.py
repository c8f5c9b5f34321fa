"""Plumbline: a self-hosted service that measures people's skills."""
