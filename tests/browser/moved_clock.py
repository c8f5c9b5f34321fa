"""The server with a clock that a test can move: `python moved_clock.py PORT FILE`; FILE holds the seconds to add."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

from app.main import create_app, utc_clock
from app.settings import Settings


def serve(port: int, file: Path) -> None:
    def clock() -> datetime:
        return utc_clock() + timedelta(seconds=float(file.read_text(encoding="ascii")))

    uvicorn.run(create_app(Settings(), clock), port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
