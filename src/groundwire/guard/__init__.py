"""Guard: the line that every answer follows, whole or while it is written."""

from groundwire.guard.guard import BLOCKED_MESSAGE, Guard

__all__ = ["BLOCKED_MESSAGE", "Guard"]
