"""Make the fonts of the paper from the ones of the pages: Inter at three weights, as files that typst reads.

Typst reads neither WOFF2 nor several files as one family. Run it after a new Inter has come to static/vendor:

    uv run --no-project --with fonttools --with brotli python tools/paper_fonts.py
"""

from __future__ import annotations

from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).parents[1]
VENDOR, FONTS = ROOT / "static/vendor", ROOT / "scoring/paper/fonts"
SCRIPTS = ("latin", "latin-ext-a", "cyrillic", "cyrillic-ext")
WEIGHTS = {400: "Regular", 550: "Medium", 620: "Semibold"}
FAMILY = "Seraph Inter"
"""Not "Inter": the host may have one of that name, of another version."""
_NAMES = {1: FAMILY, 16: FAMILY, 4: f"{FAMILY} {{style}}", 2: "{style}", 17: "{style}", 6: "SeraphInter-{style}"}


def instance(script: str, weight: int, folder: Path) -> Path:
    """Write one script at one weight."""
    font = instantiateVariableFont(TTFont(VENDOR / f"inter-{script}-wght-normal.woff2"), {"wght": weight})
    font.flavor = None
    for table in ("STAT", "MVAR", "HVAR", "avar", "prep", "gasp"):
        if table in font:
            del font[table]
    font["OS/2"].usWeightClass = weight
    path = folder / f"{script}-{weight}.ttf"
    font.save(path)
    return path


def main() -> None:
    """Write a file for each weight."""
    from tempfile import TemporaryDirectory

    FONTS.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        for weight, style in WEIGHTS.items():
            merged = Merger().merge([str(instance(script, weight, Path(folder))) for script in SCRIPTS])
            for number, name in _NAMES.items():
                merged["name"].setName(name.format(style=style), number, 3, 1, 0x409)
            merged["name"].names = [one for one in merged["name"].names if one.platformID == 3]
            merged["OS/2"].usWeightClass = weight
            merged["head"].created = merged["head"].modified = 0
            merged.recalcTimestamp = False
            merged.save(FONTS / f"inter-{weight}.ttf")


if __name__ == "__main__":
    main()
