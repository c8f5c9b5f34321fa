"""Carries out the steps of the Containerfile without a container, then serves what came out, on PostgreSQL.

`python tests/container_steps.py FOLDER` copies the checkout, runs every RUN and COPY of the build stage below FOLDER,
and starts the entry point far from the checkout. It fetches packages from the index, so the suite does not run it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from postgres import Postgres  # noqa: E402

PLACES = {"/opt/plumbline": "opt", "/src": "src", "/wheels": "wheels", "/data": "data"}


def steps(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile in order: ("RUN", "pip install ..."), with continued lines joined."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(name, rest) for name, _, rest in (line.strip().partition(" ") for line in lines) if name]


def build(folder: Path) -> None:
    """The steps of the first stage."""
    (folder / "src").mkdir(parents=True)
    for name, rest in steps((ROOT / "docs/recipes/Containerfile").read_text())[1:]:
        if name == "FROM":
            return
        if name == "COPY":
            *sources, target = rest.split()
            for source in sources:
                copy(ROOT / source, folder / "src" / target / (source if target.endswith(".") else ""))
        elif name == "RUN":
            for place, own in PLACES.items():
                rest = re.sub(rf"(?<![\w/]){place}\b", str(folder / own), rest)  # noqa: PLW2901
            sys.stderr.write(f"+ {rest}\n")
            subprocess.run(
                ["sh", "-ec", rest.replace("python -m venv", f"{sys.executable} -m venv")],
                cwd=folder / "src",
                check=True,
            )


def copy(source: Path, target: Path) -> None:
    """A file into a folder or under a name; a folder with all that git would hold."""
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    else:
        target = target if target.suffix or target.name == source.name else target / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def serve(folder: Path, url: str, port: int) -> dict[str, object]:
    """Start the server as the image does, wait until it is ready, ask for its tests, end it."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    environment = {"PATH": f"{folder / 'opt' / 'bin'}{os.pathsep}{os.environ['PATH']}", "PLUMBLINE_DATABASE_URL": url}
    environment |= {"PLUMBLINE_DATA": str(folder / "data"), "PLUMBLINE_SECRET": "s" * 48}
    command = ["plumbline", "serve", "--host", "127.0.0.1", "--port", str(port)]
    began = time.monotonic()
    with subprocess.Popen(command, cwd=elsewhere, env=environment) as server:
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                        ready = json.load(answer)
                    break
                except OSError:
                    if server.poll() is not None or time.monotonic() - began > 60:
                        raise
                    time.sleep(0.1)
            seconds = time.monotonic() - began
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/assessments", timeout=5) as answer:
                offered = len(json.load(answer)["items"])
            doctor = subprocess.run(
                ["plumbline", "doctor", "--json", "--port", str(port)],
                cwd=elsewhere,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            server.terminate()
    bad = [line for line in doctor.stdout.splitlines() if json.loads(line)["state"] == "bad"]
    return {"ready": ready, "seconds": round(seconds, 1), "tests": offered, "exit": server.returncode, "bad": bad}


def main(folder: Path) -> None:
    build(folder)
    with Postgres(durable=True) as cluster:
        print(json.dumps(serve(folder, cluster.url(cluster.create()), 18_431)))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
