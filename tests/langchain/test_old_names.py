"""Options by their old names: they work, warn once at the caller's line, and go."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import ConfigurableField, RunnableLambda

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire_langchain import (
    GroundedChain,
    GroundedChatModel,
    GroundedRunnable,
    GroundingMiddleware,
    grounded,
    grounding_evaluator,
    grounding_node,
)

FACTS = ["The pump weighs 62 kg. It runs on 230 V."]
GOOD = "The pump weighs 62 kg."
LIE = "The captain sings opera."
GUARD = Guard(verifier=FakeVerifier())
CHAIN: Any = RunnableLambda(lambda _: LIE)


def model() -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(LIE)]))


Make = Callable[..., Any]
COMPONENTS: dict[str, Make] = {
    "step": lambda **options: GroundedRunnable(GUARD, **options),
    "chain": lambda **options: GroundedChain(GUARD, chain=CHAIN, **options),
    "grounded": lambda **options: grounded(CHAIN, GUARD, **options),
    "chat model": lambda **options: GroundedChatModel(model(), GUARD, **options),
    "middleware": lambda **options: GroundingMiddleware(GUARD, **options),
}
EVERY = [*COMPONENTS, "node"]
ALL: dict[str, Make] = {
    **COMPONENTS, "node": lambda **options: grounding_node(GUARD, **options),
}  # fmt: skip

RENAMED = [
    ("exit_behavior", "end", "on_fail", "block"),
    ("exit_behavior", "error", "on_fail", "raise"),
    ("exit_behavior", "replace", "on_fail", "rewrite"),
    ("exit_behavior", "annotate", "on_fail", "annotate"),
    ("streaming", "buffer", "release", "answer"),
    ("streaming", "claim", "release", "claim"),
]
"""Old name and value, new name and value, as every component that has the option takes them."""

ONLY_AGENTS = [
    ("exit_behavior", "retry", "on_fail", "retry"),
    ("exit_behavior", "interrupt", "on_fail", "interrupt"),
    ("streaming", "off", "release", "token"),
]


def warned(make: Make, **options: Any) -> tuple[Any, str]:
    """Returns what is made, and its one warning, which has to point at the call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = make(**options)
    (warning,) = caught
    assert warning.category is DeprecationWarning
    assert warning.filename == inspect.getfile(make) == __file__
    assert warning.lineno == make.__code__.co_firstlineno
    return made, str(warning.message)


CASES = [
    *product(COMPONENTS, RENAMED),
    *product(["middleware"], ONLY_AGENTS),
    *product(["grounded", "chain"], ONLY_AGENTS[:1]),
]


@pytest.mark.parametrize(("name", "renamed"), CASES)
def test_an_old_name_warns_once_and_does_as_the_new_one(
    name: str, renamed: tuple[str, str, str, str]
) -> None:
    old, was, new, now = renamed
    made, told = warned(COMPONENTS[name], **{old: was})
    assert f"the option {old!r} is called {new!r} now" in told
    assert "goes in the next release" in told and f"use {new}={now!r}" in told
    assert getattr(made, new) == now == getattr(COMPONENTS[name](**{new: now}), new)


@pytest.mark.parametrize("name", EVERY)
def test_a_retriever_is_evidence(name: str) -> None:
    made, told = warned(ALL[name], retriever=FACTS)
    assert "the option 'retriever' is called 'evidence' now" in told
    assert told.endswith("goes in the next release: use evidence=")
    if name == "node":
        assert made.invoke({"answer": GOOD})["groundwire"]["decision"]["action"] == "pass"
    else:
        assert made.evidence is FACTS


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_values_of_the_new_name_work_with_the_old_one(name: str) -> None:
    made, _ = warned(COMPONENTS[name], exit_behavior="block")
    assert made.on_fail == "block"


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("value", ["explode", ["end"], None])
def test_values_that_neither_name_has_are_refused_by_the_new_one(name: str, value: Any) -> None:
    with (
        pytest.warns(DeprecationWarning, match="'on_fail'"),
        pytest.raises(InputError, match=r"on_fail is .*: use one of rewrite, block, raise"),
    ):
        COMPONENTS[name](exit_behavior=value)


@pytest.mark.parametrize("name", COMPONENTS)
def test_old_values_belong_to_the_old_name(name: str) -> None:
    for option, value in (("on_fail", "replace"), ("release", "buffer")):
        with pytest.raises(InputError, match=f"{option} is '{value}': use one of"):
            COMPONENTS[name](**{option: value})


@pytest.mark.parametrize("name", EVERY)
def test_both_names_are_refused_together(name: str) -> None:
    given: list[dict[str, Any]] = [
        {"exit_behavior": "replace", "on_fail": "rewrite"},
        {"streaming": "claim", "release": "claim"},
        {"streaming": "buffer", "release": "answer"},
        {"retriever": FACTS, "evidence": FACTS},
        {"retriever": None, "evidence": None},
    ]
    for options in given if name != "node" else given[3:]:
        old, new = options
        with pytest.raises(InputError, match=f"both {old} and {new} are given: give {new}"):
            ALL[name](**options)


def test_two_old_names_warn_once_each() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = COMPONENTS["middleware"](streaming="claim", exit_behavior="error")
    assert (made.on_fail, made.release) == ("raise", "claim")
    assert [str(item.message).split("'")[1] for item in caught] == ["exit_behavior", "streaming"]


def test_a_misspelt_old_name_is_told_the_new_one() -> None:
    for make in COMPONENTS.values():
        with pytest.raises(InputError, match=r"no option 'exit_behaviour'.*mean 'on_fail'"):
            make(exit_behaviour="end")
        with pytest.raises(InputError, match="did you mean 'release'"):
            make(streamin="claim")


def test_components_without_the_option_have_no_old_name_of_it_either() -> None:
    node: Any = grounding_node
    score: Any = grounding_evaluator
    with pytest.raises(InputError, match="grounding_node has no option 'exit_behavior'"):
        node(GUARD, exit_behavior="end")
    with pytest.raises(InputError, match="grounding_evaluator has no option 'retriever'"):
        score(GUARD, retriever=FACTS)


def test_what_an_old_name_sets_is_done() -> None:
    ask = {"messages": [HumanMessage("What?")]}

    def answer(made: Any) -> Any:
        if isinstance(made, GroundingMiddleware):
            agent: Any = create_agent(model(), [], middleware=[made])
            return agent.invoke(ask)["messages"][-1].text
        said = made.invoke(LIE)
        return getattr(said, "text", said)

    for make in COMPONENTS.values():
        made, _ = warned(make, exit_behavior="annotate")
        assert answer(made) == LIE
        made, _ = warned(make, exit_behavior="end")
        assert answer(made) == BLOCKED_MESSAGE
        made, _ = warned(make, exit_behavior="error")
        with pytest.raises(BlockedError):
            answer(made)


def test_the_warning_of_a_subclass_points_at_its_caller_too() -> None:
    class Step(GroundedRunnable):
        pass

    class Parts(GroundingMiddleware):
        pass

    made, _ = warned(lambda **options: Step(guard=GUARD, **options), exit_behavior="end")
    assert made.on_fail == "block"
    made, _ = warned(lambda **options: Parts(GUARD, **options), streaming="buffer")
    assert made.release == "answer"


def test_attributes_of_the_middleware_are_read_by_their_old_names() -> None:
    for old, was, new, now in (*RENAMED, *ONLY_AGENTS):
        made = GroundingMiddleware(GUARD, **{new: now})  # type: ignore[arg-type]
        read, told = warned(lambda made=made, old=old: getattr(made, old))
        assert read == was
        assert f"the attribute {old!r} is called {new!r} now" in told
        assert "goes in the next release" in told


def test_settings_that_a_run_chooses_go_by_the_new_names() -> None:
    """``configurable_fields`` makes a component anew for each run; nothing warns."""
    step, _ = warned(COMPONENTS["step"], exit_behavior="error")
    chosen = step.configurable_fields(on_fail=ConfigurableField(id="on_fail"))
    with pytest.raises(BlockedError):
        chosen.invoke(LIE)
    assert chosen.invoke(LIE, {"configurable": {"on_fail": "annotate"}}) == LIE
    assert chosen.bind().with_config(configurable={"on_fail": "block"}).invoke(LIE) == (
        BLOCKED_MESSAGE
    )
    safe, _ = warned(COMPONENTS["chat model"], exit_behavior="error")
    chosen = safe.configurable_fields(on_fail=ConfigurableField(id="on_fail"))
    assert chosen.invoke("q", {"configurable": {"on_fail": "annotate"}}).text == LIE


def test_saved_settings_make_the_same_component() -> None:
    step, _ = warned(COMPONENTS["step"], exit_behavior="end")
    again = GroundedRunnable(GUARD, **step.model_dump())
    assert again.on_fail == "block" and "exit_behavior" not in step.model_dump()
    assert GroundedRunnable.model_validate({"guard": GUARD, "on_fail": "raise"}).on_fail == "raise"


def test_signatures_have_the_new_names_alone() -> None:
    made: list[Any] = [
        grounded, grounding_node, GroundingMiddleware, GroundedChatModel, GroundedRunnable,
    ]  # fmt: skip
    for component in made:
        names = set(inspect.signature(component).parameters)
        assert "guard" in names and not names & {"exit_behavior", "streaming", "retriever"}
    assert {"on_fail", "release"} <= set(inspect.signature(GroundingMiddleware).parameters)
