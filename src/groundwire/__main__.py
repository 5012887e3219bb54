"""``python -m groundwire``: the command line."""

from __future__ import annotations

import sys

from groundwire.cli.commands import main

sys.exit(main())
