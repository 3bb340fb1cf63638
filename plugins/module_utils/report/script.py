# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scripts of the report: Vega-Lite, and what draws the figures with it."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from ..core.errors import IngestError


class NoCharts(IngestError):
    """The library that draws is not installed."""


# Without eval (ast), so that the page can forbid it. Data comes as columns, which take half the room of rows.
# The views are kept for whoever wants to look at their data.
DRAW = """
(() => {
  const panels = JSON.parse(document.getElementById("figures").textContent);
  const rows = columns => {
    const names = Object.keys(columns);
    return columns[names[0]].map((_, place) => Object.fromEntries(names.map(name => [name, columns[name][place]])));
  };
  const options = {mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false,
    tooltip: {theme: "report", disableDefaultStyle: true}};
  const draw = panel => vegaEmbed(document.getElementById(panel.name), {...panel.spec,
    datasets: {rows: rows(panel.columns)}}, options).then(drawn => [panel.name, drawn.view]);
  window.figures = Promise.all(panels.map(draw)).then(Object.fromEntries);

  // on paper everything is open, and as wide as the paper: a browser does not resize the page before it prints
  let opened = null;
  const paper = async on => {
    if (on === (opened !== null)) return;
    if (on) {
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach(each => { each.open = true; });
    } else {
      opened.forEach(each => { each.open = false; });
      opened = null;
    }
    for (const [name, view] of Object.entries(await window.figures)) {
      view.width(on ? 640 : document.getElementById(name).clientWidth).run();
    }
  };
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));
  matchMedia("print").addEventListener("change", event => paper(event.matches));
})();
"""


def library() -> str:
    """Give Vega-Lite with all it needs, as one script without requests (0.9 MB).

    Putting it together takes five seconds, so it is kept in the user's cache folder, by the version of vl-convert.

    Raises:
        NoCharts: vl-convert is not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise NoCharts(
            "The report has no charts: this Python lacks the library that draws them. Install it where Ansible runs"
            f" ({shlex.quote(sys.executable)} -m pip install vl-convert-python), and let the playbook status write the"
            " report again."
        ) from error
    kept = _cache() / f"vega-lite-{metadata.version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        return kept.read_text("utf-8")
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # it is quicker the next time, and does as well without
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        replace(kept, script)
    return script


def replace(path: Path, content: str) -> None:
    """Write a file so that nobody ever sees half of it, and nobody else any of it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "climate.ingest"
