"""Durable background tasks: enqueued in the caller's transaction, carried out by whichever process is free."""
