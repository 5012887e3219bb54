"""Guardrail of LiteLLM that checks answers, whole and streamed, in the proxy's own process."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Never

from groundwire.errors import InputError
from groundwire.evidence.adhoc import make_retriever
from groundwire.evidence.sources import JoinedRetriever
from groundwire.evidence.transcripts import Transcript, read_transcript
from groundwire.guard.growing import GrowingAnswer, GrowingAnswers, Growth
from groundwire.guard.guard import Guard
from groundwire.policy import POLICIES
from groundwire.protocols import Retriever

try:
    from litellm.exceptions import GuardrailRaisedException
    from litellm.integrations.custom_guardrail import CustomGuardrail
    from litellm.litellm_core_utils.api_route_to_call_types import get_call_types_for_route
    from litellm.types.guardrails import GuardrailEventHooks, LitellmParams
    from litellm.types.utils import CallTypes, GenericGuardrailAPIInputs
except ImportError as error:
    raise ImportError(
        f"groundwire_litellm needs litellm ({error}): pip install 'groundwire[litellm]'"
    ) from error

if TYPE_CHECKING:
    from litellm.litellm_core_utils.litellm_logging import Logging

MODE = "incremental_diff"


class Grounding(CustomGuardrail):
    """A guardrail for ``mode: post_call``: LiteLLM's answers, checked claim by claim.

    What does not hold is repaired or removed; an answer that is blocked is the blocked message.
    Streams of chat completions are checked while they are written. Streams of other routes
    (``/v1/responses``, ``/v1/messages``, ``/v1/completions``) are refused, because LiteLLM drops
    what a guardrail changes there; without ``stream`` those routes are guarded like any.

    It cannot be subclassed: LiteLLM never calls an ``apply_guardrail`` that is inherited.
    """

    # LiteLLM reads these of the guardrail. The first makes it show the checked text of a chat
    # stream, where its default drops what was changed. The others hold a stream of another route
    # back until the first check, which refuses it.
    streaming_transform_mode = MODE
    streaming_buffer_until_moderated = True
    streaming_buffer_release_on_scan = True

    def __init_subclass__(cls, **options: Never) -> None:
        raise TypeError(
            f"{cls.__name__} inherits from Grounding: LiteLLM calls apply_guardrail only where a "
            "class defines it itself, and lets every answer of a subclass pass; use Grounding "
            "with its options, or hold one in a CustomGuardrail of your own"
        )

    def __init__(
        self,
        guardrail_name: str | None = "groundwire",
        *,
        evidence: str | Path | Sequence[str | Path] = (),
        index: str | Path | None = None,
        policy: str = "balanced",
        verifier: str | None = None,
        evidence_from: Sequence[str] = ("system",),
        templates: Sequence[str] = (),
        on_no_evidence: Literal["block", "pass"] = "block",
        blocked_message: str | None = None,
        streaming_sampling_rate: int = 5,
        guard: Guard | None = None,
        **options: Any,
    ) -> None:
        """Sets what answers are checked against; in ``config.yaml`` each is a litellm_param.

        Args:
            guardrail_name: name in LiteLLM.
            evidence: files and folders.
            index: what ``groundwire index`` made.
            policy: ``strict``, ``balanced``, ``lenient`` or ``observe``.
            verifier: another verifier: a preset, a folder or a cached hub id.
            evidence_from: who is believed in a conversation: ``system`` (the sources that its
                messages mark), ``tools`` (their results), ``user`` (what fills a template).
            templates: whose blocks in messages are evidence, as in the settings of the server.
            on_no_evidence: what becomes of an answer that there is no evidence for: ``block``
                leaves it to the policy, which blocks unless it is ``observe``.
            blocked_message: said in place of a blocked answer; by default a sentence in the
                reader's language.
            streaming_sampling_rate: a stream is looked at each so many chunks.
            guard: in place of index, evidence, policy, verifier and message.
            **options: those of LiteLLM.

        Raises:
            GroundwireError: if an option is unknown or wrong, or evidence cannot be opened.
        """
        _check_options(options)
        if streaming_sampling_rate < 1:
            raise InputError(
                f"streaming_sampling_rate is {streaming_sampling_rate}: give 1 or more"
            )
        _check_choice("policy", policy, tuple(POLICIES))
        _check_choice("on_no_evidence", on_no_evidence, ("block", "pass"))
        self._origins, self._templates = _list(evidence_from), _list(templates)
        if "user" in self._origins and not self._templates:
            raise InputError(
                "evidence_from has user, and a user's text is evidence where it fills a template "
                "alone: name one in templates, or take user out"
            )
        read_transcript((), self._origins, self._templates)  # names that are not known
        self.streaming_sampling_rate = streaming_sampling_rate
        self._passes = on_no_evidence == "pass"
        paths = [Path(path) for path in _list(evidence)]
        self._guard = guard or _make_guard(paths, index, policy, verifier, blocked_message)
        self._answers = GrowingAnswers()
        options["supported_event_hooks"] = [GuardrailEventHooks.post_call]
        # LiteLLM would not hold streams back with it.
        options["mask_response_content"] = False
        super().__init__(guardrail_name=guardrail_name, **options)

    def should_run_guardrail(self, data: Any, event_type: GuardrailEventHooks) -> bool:
        """Says whether a request is guarded.

        LiteLLM asks this before a stream begins, on its other routes too, and there it may never
        show the texts (``/v1/completions``).

        Raises:
            GuardrailRaisedException: if it is a stream that could not be guarded.
        """
        runs = bool(super().should_run_guardrail(data, event_type))
        if runs and event_type is GuardrailEventHooks.post_call and isinstance(data, dict):
            route = _find_route(data)
            if route is not None and _is_stream(data) and not _is_chat_route(route):
                raise self._refuse_stream()
        return runs

    async def apply_guardrail(
        self,
        inputs: GenericGuardrailAPIInputs,
        request_data: dict[str, Any],
        input_type: Literal["request", "response"],
        logging_obj: Logging | None = None,
    ) -> GenericGuardrailAPIInputs:
        """Checks the texts of an answer; those of a request stay as they are.

        LiteLLM sends all of a stream's text so far each time and does not say when it ends. What
        comes back may be shown if it ends there; ``stream_holdback_chars`` says how much of it
        may not be shown before.

        Raises:
            GuardrailRaisedException: if a stream could not be guarded.
        """
        texts = list(inputs.get("texts") or ())
        if input_type != "response" or not any(text.strip() for text in texts):
            return inputs
        if _is_stream(request_data) and not _is_chat_route(_find_route(request_data)):
            raise self._refuse_stream()
        told = read_transcript(_list_messages(request_data), self._origins, self._templates)
        if self._passes and not told.documents and self._guard.retriever is None:
            return inputs
        call = request_data.get("litellm_call_id")
        grown = await asyncio.to_thread(self._read, texts, told, str(call) if call else None)
        checked: GenericGuardrailAPIInputs = {**inputs}
        checked["texts"] = [growth.text if growth else "" for growth in grown]
        checked["stream_holdback_chars"] = [growth.held if growth else 0 for growth in grown]
        return checked

    def _refuse_stream(self) -> GuardrailRaisedException:
        return GuardrailRaisedException(
            guardrail_name=self.guardrail_name,
            message="a stream of this route cannot be guarded, since LiteLLM would show what "
            "was corrected: ask without stream, or use /v1/chat/completions",
            should_wrap_with_default_message=False,
        )

    def _read(
        self, texts: Sequence[str], told: Transcript, call: str | None
    ) -> list[Growth | None]:
        def follow() -> GrowingAnswer:
            own = self._guard.retriever
            sent = make_retriever(told.documents) if told.documents else None
            evidence = JoinedRetriever([own, sent]) if own and sent else own or sent
            return self._guard.follow(evidence, told.question, told.history)

        # A client may name its call, and send another conversation under the same name.
        basis = hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).digest()
        return [
            self._answers.find((call, place, basis) if call else None, text, follow).read(text)
            if text.strip()
            else None
            for place, text in enumerate(texts)
        ]


def _make_guard(
    paths: Sequence[Path],
    index: str | Path | None,
    policy: str,
    verifier: str | None,
    message: str | None,
) -> Guard:
    from groundwire.evidence.sources import open_sources
    from groundwire.verify.presets import load_verifier

    found: Retriever | None = open_sources(paths, None if index is None else Path(index))
    return Guard(
        verifier=None if verifier is None else load_verifier(verifier),
        retriever=found,
        policy=POLICIES[policy],
        blocked_message=message,
    )


def _check_options(options: dict[str, Any]) -> None:
    """Refuses what is no option, and what would make LiteLLM drop corrections."""
    config = options.get("guardrail_config")
    modes = [options.pop("streaming_transform_mode", MODE)]
    modes += [config.get("streaming_transform_mode", MODE)] if isinstance(config, dict) else []
    for mode in modes:
        if mode != MODE:
            raise InputError(
                f"streaming_transform_mode is {mode!r}: leave it out, since with any but {MODE} "
                "LiteLLM shows the text of a stream as the model wrote it"
            )
    own = inspect.signature(Grounding).parameters.keys() - {"options"}
    theirs = {*LitellmParams.model_fields, *inspect.signature(CustomGuardrail.__init__).parameters}
    for name in sorted(options.keys() - theirs):
        near = get_close_matches(name, own, 1)
        raise InputError(
            f"{name} is no option of the guardrail"
            + (f": did you mean {near[0]}?" if near else f": there are {', '.join(sorted(own))}")
        )


def _check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InputError(f"{name} is {value!r:.60}: use one of {', '.join(allowed)}")


def _list(value: str | Path | Sequence[Any]) -> list[Any]:
    return [value] if isinstance(value, str | Path) else list(value)


def _list_messages(request: dict[str, Any]) -> list[Any]:
    """The messages of a chat or Anthropic request, or the items of a Responses request."""
    said = request.get("messages") or request.get("input") or []
    beside = request.get("system") or request.get("instructions")
    messages = [{"role": "user", "content": said}] if isinstance(said, str) else list(said)
    return [{"role": "system", "content": beside}, *messages] if beside else messages


def _is_stream(request: dict[str, Any]) -> bool:
    return bool(request.get("stream")) or "responses" in request or "responses_so_far" in request


def _find_route(request: dict[str, Any]) -> str | None:
    """The route that was asked, where LiteLLM's proxy tells it."""
    for bucket in ("metadata", "litellm_metadata"):
        told = request.get(bucket)
        route = told.get("user_api_key_request_route") if isinstance(told, dict) else None
        if isinstance(route, str):
            return route
    return None


def _is_chat_route(route: str | None) -> bool:
    """Whether LiteLLM shows the checked text of a stream: on its chat route alone."""
    types = (get_call_types_for_route(route) or ()) if route is not None else ()
    return CallTypes.acompletion in types[:1]
