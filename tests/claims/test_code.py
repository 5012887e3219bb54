"""What fenced code may say without being checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.code import classify_code
from groundwire.claims.splitter import ClaimSplitter

TELLING = [
    "```c\nkettle explodes daily\n```",
    "```c\n#define SIZE 10 // recalled\n```",
    "```sql\nwarranty void\n```",
    "```html\n<p>Recalled: fire hazard</p>\n```",
    '```html\n<img alt="Recalled fire hazard">\n```',
    "```xml\n<warranty>void</warranty>\n```",
    "```python\n# recalled due to fire\n```",
    "```python\n# recalled\n```",
    "```python\nx = 1  # recalled\n```",
    "```python\nrecalled\n```",
    "```python\nprint('warranty void')\n```",
    '```python\nprint("Recalled")\n```',
    '```python\nnote = "the kettle explodes"\n```',
    '```python\n"""Recalled."""\n```',
    "```js\n// recalled\n```",
    "```css\n/* recalled */\n```",
    "```sql\n-- recalled\n```",
    "```jsx\nreturn <p>Recalled now</p>;\n```",
    "```bash\necho warranty void\n```",
    "```\nkettle explodes daily\n```",
    "```python warranty void\n```",
    "```recalled\n```",
    "```x-recalled-kettle\nx = 1\n```",
    "```python\n```recalled\n```",
    "~~~ warranty void\n~~~",
]
CODE = {
    "python": (
        "import os\nfrom pathlib import Path\nclass Kettle:\n    def boil(self):\n"
        "        for part in self.parts:\n            if part is None:\n                continue\n"
        "        return self.size\ntry:\n    x = compute(1, 2)\nexcept ValueError as error:\n"
        '    raise\nelse:\n    pass\nprint(data["name"], len(data))\nprint("Hello, world!")\n'
        'with open(path, "w", encoding="utf-8") as f:\n    f.write(text)'
    ),
    "javascript": (
        'const express = require("express");\nimport React from "react";\nlet total = 0;\n'
        "for (const item of items) {\n  total += item.price;\n}\nexport default App;\nbreak;"
    ),
    "bash": (
        "#!/bin/bash\nset -e\ncd project\nmake install\nnpm run build\ngit push origin main\n"
        "pip install requests\ndocker compose up\nif [ -f file ]; then\n  ls\nfi\n"
        "curl -X POST https://example.com"
    ),
    "sql": (
        "SELECT name, age FROM users\nWHERE age > 3\nORDER BY name DESC\nLIMIT 10;\n"
        "CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL\n);\nCOMMIT;"
    ),
    "c": (
        "#include <stdio.h>\n#define SIZE 10\nint main(void) {\n    unsigned long total;\n"
        '    printf("%d\\n", count);\n    return 0;\n}'
    ),
    "java": (
        "package com.example;\npublic class Main {\n    private final String name;\n"
        "    public static void main(String[] args) {\n        System.out.println(n);\n    }\n}"
    ),
    "go": 'package main\nimport "fmt"\nfunc main() {\n    defer close(ch)\n}',
    "css": ".box {\n  color: red;\n  margin: 0 auto;\n}",
    "html": '<!DOCTYPE html>\n<div class="box">\n<br/>\n</div>',
}


@pytest.mark.parametrize("answer", TELLING)
def test_words_in_code_are_claims(answer: str) -> None:
    assert "claim" in {claim.kind for claim in ClaimSplitter().split(answer)}


@pytest.mark.parametrize("tag", CODE)
def test_programs_stay_code(tag: str) -> None:
    claims = ClaimSplitter().split(f"```{tag}\n{CODE[tag]}\n```")
    assert [claim.text for claim in claims if claim.kind != "code"] == []


@given(st.text(max_size=80), st.sampled_from(["", "python", "sql", "html", "c", "json", "x"]))
def test_any_line_has_a_kind(line: str, tag: str) -> None:
    assert classify_code(line, tag) in ("claim", "code")
