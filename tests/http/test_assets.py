"""Static files: one hash, one year of caching, compressed once, and nothing outside the folder."""

import gzip
import json
from pathlib import Path

import brotli
import pytest

from app.http.assets import AssetError, Assets, load

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def assets() -> Assets:
    return load()


def folder(tmp_path: Path, css: str = "a{b:c}") -> Path:
    """A small static folder with a made-up font tier."""
    (tmp_path / "font").mkdir()
    (tmp_path / "font" / "math-base.woff2").write_bytes(b"wOF2")
    (tmp_path / "font" / "ranges.json").write_text(json.dumps({"ranges": {"base": "U+20-7E"}}))
    (tmp_path / "app.css").write_text(css)
    return tmp_path


def test_the_current_build_may_be_kept_for_a_year(assets: Assets) -> None:
    found = assets.lookup(f"{assets.build}/css/app.css")
    assert found is not None
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert found.media_type == "text/css; charset=utf-8"


def test_an_old_build_gets_todays_file_and_may_not_keep_it(assets: Assets) -> None:
    found = assets.lookup("0123456789/js/attempt.js")
    assert found is not None
    assert found.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("BR;q=0.5", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.8", "gzip"),
        ("br; q=0.000", None),
        ("", None),
        ("brotli, xgzip", None),
    ],
)
def test_the_best_encoding_the_browser_takes_is_sent(assets: Assets, header: str, encoding: str | None) -> None:
    found = assets.lookup(f"{assets.build}/css/app.css", header)
    plain = assets.lookup(f"{assets.build}/css/app.css")
    assert found is not None
    assert plain is not None
    assert found.headers.get("Content-Encoding") == encoding
    assert found.headers["Vary"] == "Accept-Encoding"
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress}.get(encoding or "", bytes)(found.body)
    assert unpacked == plain.body


def test_fonts_are_not_compressed_twice(assets: Assets) -> None:
    found = assets.lookup(f"{assets.build}/font/math-base.woff2", "br, gzip")
    assert found is not None
    assert "Content-Encoding" not in found.headers
    assert found.body.startswith(b"wOF2")


@pytest.mark.parametrize(
    "path",
    [
        *("", "css/app.css", "{build}", "{build}/", "{build}/../assets.py", "{build}/css", "{build}//css/app.css"),
        *("{build}/font/ranges.json", "{build}/%2e%2e/assets.py", "{build}/css/app.css\x00"),
    ],
)
def test_anything_else_is_not_there(assets: Assets, path: str) -> None:
    assert assets.lookup(path.format(build=assets.build)) is None


def test_the_build_changes_with_any_byte_and_only_then(tmp_path: Path) -> None:
    static = folder(tmp_path)
    before = load(static).build
    assert load(static).build == before
    (static / "app.css").write_text("a{b:d}")
    assert load(static).build != before


def test_the_style_sheet_learns_which_characters_each_font_tier_has(tmp_path: Path) -> None:
    found = load(folder(tmp_path, "@font-face{unicode-range:@@base@@}")).lookup("x/app.css")
    assert found is not None
    assert found.body == b"@font-face{unicode-range:U+20-7E}"


def test_an_unknown_font_tier_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="'italics'"):
        load(folder(tmp_path, "@@italics@@"))


def test_missing_fonts_stop_the_start_and_say_what_to_run(tmp_path: Path) -> None:
    static = folder(tmp_path)
    (static / "font" / "math-base.woff2").unlink()
    with pytest.raises(AssetError, match="uv sync"):
        load(static)
    (static / "font" / "ranges.json").unlink()
    with pytest.raises(AssetError, match="uv sync"):
        load(static)


def test_no_placeholder_is_left_in_what_is_sent(assets: Assets) -> None:
    found = assets.lookup(f"{assets.build}/css/app.css")
    assert found is not None
    assert b"@@" not in found.body
    assert found.body.count(b"unicode-range") == 5


def test_the_licence_of_the_font_travels_with_it(assets: Assets) -> None:
    found = assets.lookup(f"{assets.build}/licenses/OFL.txt")
    assert found is not None
    assert b"STIX Fonts Project Authors" in found.body
    assert b"SIL OPEN FONT LICENSE" in found.body
