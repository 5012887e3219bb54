"""Command line of groundwire: one module a command."""

from groundwire.cli.commands import main

__all__ = ["main"]
