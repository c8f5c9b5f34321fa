"""Build hook: cut the math font of the ziamath wheel into five unicode-range tiers; a page fetches only what it shows.

Browsers draw MathML badly without a font that has a MATH table, and few systems carry one. The font is STIX Two Math
(OFL 1.1); it is made here, about 2 s, in wheels and in editable installs, and never committed.
"""

import hashlib
import json
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import ziamath
from fontTools import subset
from fontTools.ttLib import TTFont
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "app/http/static/font"
MANIFEST = "ranges.json"
SPACE = 0x20  # browsers take the MATH constants from the first face that covers the space, so every tier has it
NAMES_KEPT = [0, 1, 2, 3, 5, 7, 13, 14]  # copyright, family, version, trademark and licence travel in each file
SMALLEST = 2_000  # bytes; a tier below this lost its glyphs


class FontHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before every build; does nothing when the fonts at hand were made from the same inputs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        make_fonts(root / "font_ranges.json", root / TARGET)
        build_data["artifacts"].append(f"{TARGET}/*")  # ignored by git, wanted in the wheel


def make_fonts(ranges_file: Path, target: Path) -> None:
    """Write math-<tier>.woff2 and ranges.json. Raises, so that the build fails, when a tier cannot be made whole."""
    source = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    if not source.is_file():
        raise FileNotFoundError(f"{source} is missing: build with the ziamath version that pyproject.toml pins")
    ranges: dict[str, str] = json.loads(ranges_file.read_text(encoding="utf-8"))
    recipe = hashlib.sha256(source.read_bytes() + ranges_file.read_bytes() + Path(__file__).read_bytes())
    recipe.update(installed_version("fonttools").encode())
    if _is_current(target, ranges, recipe.hexdigest()):
        return
    target.mkdir(parents=True, exist_ok=True)
    tiers = {tier: _cut(source, spans, target / f"math-{tier}.woff2") for tier, spans in ranges.items()}
    manifest = {"recipe": recipe.hexdigest(), "ranges": ranges, "sha256": tiers}
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _is_current(target: Path, ranges: dict[str, str], recipe: str) -> bool:
    if not (target / MANIFEST).is_file():
        return False
    manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    return manifest.get("recipe") == recipe and all(
        (target / f"math-{tier}.woff2").is_file()
        and _sha256(target / f"math-{tier}.woff2") == manifest["sha256"].get(tier)
        for tier in ranges
    )


def _cut(source: Path, spans: str, file: Path) -> str:
    """One tier, with the stretched variants that its characters need. Returns its sha256."""
    # hinting and the ssty alternates would double the size and change nothing on today's screens
    options = subset.Options(flavor="woff2", layout_features=[], hinting=False, name_IDs=NAMES_KEPT)
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    wanted = {SPACE} | _characters(spans)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    subset.save_font(font, str(file), options)
    _verify(file, wanted & set(TTFont(source).getBestCmap()))
    return _sha256(file)


def _characters(spans: str) -> set[int]:
    """The code points of a CSS unicode-range such as "U+20-7E,U+A0"."""
    found: set[int] = set()
    for span in spans.split(","):
        first, _, last = span.strip()[2:].partition("-")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _verify(file: Path, wanted: set[int]) -> None:
    font = TTFont(file)
    missing = wanted - set(font.getBestCmap())
    if missing or "MATH" not in font or file.stat().st_size < SMALLEST:
        raise RuntimeError(f"{file.name} came out broken: {len(missing)} characters or its MATH table are missing")
    if "SIL Open Font License" not in (font["name"].getDebugName(13) or ""):
        raise RuntimeError(f"{file.name} lost the notice of its licence, which has to travel with it")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
