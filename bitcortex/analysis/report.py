"""A report as one HTML file: text, tables and pictures, nothing loaded from elsewhere."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CSS = """
:root { color-scheme: light dark; --ink: #1a1c1f; --soft: #5a6270; --paper: #ffffff;
  --line: #d9dde3; --band: #f4f6f8; --accent: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a4acb8; --paper: #16181b;
  --line: #363b43; --band: #1f2226; --accent: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 60rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0 0 1.5rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 2px solid var(--accent);
  font-size: 1.3rem; }
p { margin: .75rem 0; max-width: 46rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
caption { padding: 0 0 .4rem; color: var(--soft); text-align: left; }
th, td { padding: .4rem .8rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { border-bottom-width: 2px; white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--band); }
figure { margin: 1.25rem 0; }
img { display: block; max-width: 100%; height: auto; border-radius: 6px; background: #fff;
  border: 1px solid var(--line); }
figcaption { margin-top: .45rem; max-width: 46rem; color: var(--soft); font-size: .92rem; }
pre { overflow-x: auto; padding: .8rem 1rem; border-radius: 6px; background: var(--band);
  font: .87rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
"""


class Report:
    """An HTML report that is built top down; every method returns the report.

    Parameters
    ----------
    title
        Of the page.

    Notes
    -----
    All text is escaped: no argument is read as HTML.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._body: list[str] = []

    def section(self, heading: str, text: str = "") -> Self:
        """Begin a section; blank lines in the text separate paragraphs."""
        self._body.append(f"<h2>{escape(heading)}</h2>")
        return self.text(text)

    def text(self, text: str) -> Self:
        """Add paragraphs, separated by blank lines."""
        for paragraph in text.split("\n\n"):
            if paragraph.strip():
                self._body.append(f"<p>{escape(paragraph.strip())}</p>")
        return self

    def code(self, text: str) -> Self:
        """Add text in a fixed-width font, line by line as it is."""
        self._body.append(f"<pre>{escape(text.strip(chr(10)))}</pre>")
        return self

    def table(
        self, headers: Sequence[object], rows: Iterable[Sequence[object]], caption: str = ""
    ) -> Self:
        """Add a table; numbers are aligned to the right, floats shown with 4 digits.

        Raises
        ------
        ValueError
            If a row does not have one cell per header.
        """
        head = "".join(f'<th scope="col">{escape(str(header))}</th>' for header in headers)
        lines = []
        for index, row in enumerate(rows):
            if len(row) != len(headers):
                raise ValueError(
                    f"rows[{index}] must have {len(headers)} cells, one per header, not {len(row)}"
                )
            lines.append(f"<tr>{''.join(map(_cell, row))}</tr>")
        title = f"<caption>{escape(caption)}</caption>" if caption else ""
        body = "\n".join(lines)
        self._body.append(
            f'<div class="scroll"><table>{title}<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody></table></div>"
        )
        return self

    def figure(self, fig: "Figure", caption: str, dpi: int = 150) -> Self:
        """Embed a Matplotlib figure as PNG; the caption is its alternative text, too."""
        buffer = io.BytesIO()
        fig.savefig(buffer, format="png", dpi=dpi)
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        width = round(fig.get_figwidth() * 96)  # CSS pixels, so that text has its size in points
        self._body.append(
            f'<figure><img src="data:image/png;base64,{data}" alt="{escape(caption)}" '
            f'width="{width}">\n<figcaption>{escape(caption)}</figcaption></figure>'
        )
        return self

    def html(self) -> str:
        """Return the page."""
        body = "\n".join(self._body)
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
            f"<h1>{escape(self.title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
        )

    def write(self, path: str | Path) -> Path:
        """Write the page, making folders as needed, and return its path."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.html(), encoding="utf-8")
        return target


def _cell(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, Integral):
        return f'<td class="number">{int(value):,}</td>'
    if isinstance(value, Real):
        number = float(value)
        digits = ",.0f" if 1e4 <= abs(number) < 1e15 else ".4g"
        return f'<td class="number">{number:{digits}}</td>'
    return f"<td>{escape(str(value))}</td>"
