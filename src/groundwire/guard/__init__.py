"""Guard: the line that every answer follows, whole or while it is written."""

from groundwire.guard.guard import Guard
from groundwire.guard.messages import BLOCKED_MESSAGE

__all__ = ["BLOCKED_MESSAGE", "Guard"]
