"""One sitting: start, answer, draft, resume, finish, expire; scored from the response log, replayable from it."""
