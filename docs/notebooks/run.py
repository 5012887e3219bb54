"""Notebooks run again, with what their cells print written into them.

    python docs/notebooks/run.py

A cell whose metadata has the tag ``figures`` prints what depends on the verifier's weights: it is
run by the tests, and its output is not compared.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    os.environ["GROUNDWIRE_EXAMPLES"] = str(FOLDER.parents[1] / "examples")
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        namespace: dict[str, Any] = {"__name__": "__main__"}
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
            for number, cell in enumerate(code, start=1):
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    exec(compile("".join(cell["source"]), path.name, "exec"), namespace)
                lines = printed.getvalue().splitlines(keepends=True)
                told = {"name": "stdout", "output_type": "stream", "text": lines}
                cell |= {"execution_count": number, "outputs": [told] if lines else []}
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
