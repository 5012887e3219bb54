"""groundwire for pytest: the fixture ``grounded`` checks answers in tests.

    def test_the_bot_knows_the_warranty(grounded) -> None:
        grounded(bot.reply("How long is the warranty?"), MANUAL)

pytest loads this module in every run; groundwire itself loads when a test asks for a fixture.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from groundwire.guard.guard import Guard
    from groundwire.types import Report


@pytest.fixture(scope="session", name="grounding_guard")
def make_guard() -> Guard:
    """The guard of ``grounded``; a project that needs another one overrides this fixture."""
    from groundwire.guard.guard import Guard

    return Guard()


@pytest.fixture(scope="session", name="grounded")
def make_check(grounding_guard: Guard) -> Callable[..., Report]:
    """``assert_grounded(answer, evidence, question)`` of ``groundwire.testing``."""
    from groundwire.testing import assert_grounded

    call: Callable[..., Any] = partial(assert_grounded, guard=grounding_guard)
    return call
