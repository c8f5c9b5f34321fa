"""Style sheets, scripts, fonts and pictures, held in memory and addressed by one hash over all of them.

`/s/<hash>/js/attempt.js` can be cached for a year, and a relative `import "./clock.js"` in it needs no import map.
Knows no framework: a route hands `lookup` what follows `/s/` and copies the answer.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import brotli

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
PACKED = frozenset({".woff2"})  # compressed by their own format

_PLACEHOLDER = re.compile(rb"@@(\w+)@@")


class AssetError(RuntimeError):
    """The static files are incomplete; the message says what to run."""


@dataclass(frozen=True)
class Asset:
    """One answer: the body as it goes out, compressed when `headers` say so."""

    media_type: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _File:
    media_type: str
    encodings: Mapping[str, bytes]  # "br", "gzip", "identity"


@dataclass(frozen=True)
class Assets:
    """All static files of one build. `build` is ten hex digits of a hash over their paths and bytes."""

    build: str
    files: Mapping[str, _File]

    @property
    def root(self) -> str:
        """What templates put before a path: `/s/<build>`."""
        return f"/s/{self.build}"

    def size(self, path: str, encoding: str = "br") -> int:
        """Bytes of a file on the wire, for budgets."""
        encodings = self.files[path].encodings
        return len(encodings.get(encoding, encodings["identity"]))

    def lookup(self, path: str, accept_encoding: str = "") -> Asset | None:
        """The asset at `path`, which is what follows `/s/`: "<build>/css/app.css". None when there is none.

        A page from before an update asks with an old build: it gets today's file and may not keep it.
        """
        build, _, name = path.partition("/")
        file = self.files.get(name)
        if file is None:
            return None
        encoding = next((one for one in ("br", "gzip") if one in file.encodings and accepts(accept_encoding, one)), "")
        headers = {"Cache-Control": "public, max-age=31536000, immutable" if build == self.build else "no-cache"}
        if len(file.encodings) > 1:
            headers["Vary"] = "Accept-Encoding"
        if encoding:
            headers["Content-Encoding"] = encoding
        return Asset(file.media_type, file.encodings[encoding or "identity"], headers)


def load(folder: Path = FOLDER) -> Assets:
    """Read and compress everything below `folder`, about 0.2 s. Raises AssetError when the math font was not made."""
    ranges = _font_ranges(folder)
    bodies: dict[str, bytes] = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in MEDIA_TYPES:
            body = file.read_bytes()
            name = file.relative_to(folder).as_posix()
            bodies[name] = _fill(name, body, ranges) if file.suffix == ".css" else body
    digest = hashlib.sha256()
    for name, body in bodies.items():
        digest.update(name.encode() + b"\0" + len(body).to_bytes(8, "big") + body)
    return Assets(digest.hexdigest()[:10], {name: _pack(name, body) for name, body in bodies.items()})


def _font_ranges(folder: Path) -> dict[str, str]:
    manifest = folder / "font" / "ranges.json"
    if not manifest.is_file():
        raise AssetError(f"{manifest} is missing: the build hook makes the math font; run `uv sync` or reinstall")
    ranges: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))["ranges"]
    for tier in ranges:
        if not (folder / "font" / f"math-{tier}.woff2").is_file():
            raise AssetError(f"font/math-{tier}.woff2 is missing: run `uv sync` or reinstall")
    return ranges


def _fill(name: str, css: bytes, ranges: dict[str, str]) -> bytes:
    """Put the characters of each font tier where the style sheet names the tier."""

    def fill(placeholder: re.Match[bytes]) -> bytes:
        tier = placeholder[1].decode()
        if tier not in ranges:
            raise AssetError(f"{name} names the font tier {tier!r}; there are {', '.join(ranges)}")
        return ranges[tier].encode()

    return _PLACEHOLDER.sub(fill, css)


def _pack(name: str, body: bytes) -> _File:
    suffix = Path(name).suffix
    encodings = {"identity": body}
    if suffix not in PACKED:
        encodings |= {"br": brotli.compress(body, quality=11), "gzip": gzip.compress(body, 9, mtime=0)}
    return _File(MEDIA_TYPES[suffix], encodings)


def accepts(header: str, encoding: str) -> bool:
    """Whether an Accept-Encoding names the encoding and does not weigh it zero (RFC 9110, 12.5.3)."""
    for part in header.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() == encoding:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False
