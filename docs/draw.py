"""Draw the figures of the tutorials anew: run their blocks, and keep what they save.

    python docs/draw.py [PAGE ...]

Each page of docs/tutorials runs in a folder of its own, without the blocks marked as long. The PNG
files that it shows go to docs/images, with 64 colours: these are drawings, and small files load
faster.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from sybil import Document
from sybil.parsers.myst import PythonCodeBlockParser

DOCS = Path(__file__).resolve().parent
LONGER = "<!-- full -->\n"


def draw(page: Path) -> list[Path]:
    """Run a page and return the figures that it drew."""
    document: Any = Document.parse(str(page), PythonCodeBlockParser())
    document.namespace["__name__"] = "__main__"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for example in document.examples():
            if not document.text[: example.region.start].endswith(LONGER):
                example.evaluate()
        drawn = []
        for path in sorted(Path(folder).glob("*.png")):
            if f"../images/{path.name}" not in document.text:
                continue
            picture = Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE)
            drawn.append(DOCS / "images" / path.name)
            picture.save(drawn[-1], optimize=True)
        os.chdir(DOCS)
    return drawn


if __name__ == "__main__":
    pages = [Path(name).resolve() for name in sys.argv[1:]] or DOCS.glob("tutorials/*.md")
    for page in sorted(pages):
        for path in draw(page):
            print(f"{path.relative_to(DOCS)}, {path.stat().st_size / 1000:.0f} kB")
