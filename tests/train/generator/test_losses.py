"""Losses by hand, masks, weights, perturbations and measures."""

from __future__ import annotations

import logging
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from generator_cases import config, rows, tiny
from groundwire.train.generator import losses
from groundwire.train.generator.batches import Encoder, select_fitting
from groundwire.train.generator.config import Adversarial, DataSection, Judge, Perturb, Prefer, Sft
from groundwire.train.generator.data import Row, parse_slots, render_context
from groundwire.train.generator.forward import compute_logits, hide_padding
from groundwire.train.generator.losses import Objective
from groundwire.train.generator.measures import (
    FaithfulnessJudge,
    Judged,
    SlotMeasure,
    is_refusal,
    measure_coverage,
)
from groundwire.train.generator.perturb import (
    Perturber,
    add_distraction,
    drop_evidence,
    find_open_values,
    make_typos,
    reorder_items,
    swap_names,
)
from groundwire.train.generator.preference import (
    Candidate,
    Covering,
    balance_pairs,
    choose_pair,
    compute_dpo_loss,
)

HALF = torch.tensor([[[math.log(0.5), math.log(0.25), math.log(0.25)]]])
FIRST = torch.tensor([[0]])
ONE = torch.tensor([[True]])


def row(context: str = "name[Zizzi], food[French]", target: str = "Zizzi is French.") -> Row:
    text, evidence = render_context(context)
    return Row(text, target, evidence)


def test_likelihood_and_label_smoothing() -> None:
    assert losses.compute_token_losses(HALF, FIRST).item() == pytest.approx(math.log(2))
    mean = (math.log(2) + 2 * math.log(4)) / 3
    smoothed = losses.compute_token_losses(HALF, FIRST, 0.3).item()
    assert smoothed == pytest.approx(0.7 * math.log(2) + 0.3 * mean)


def test_unlikelihood_is_that_of_the_other_tokens() -> None:
    assert losses.compute_unlikelihood(HALF, FIRST).item() == pytest.approx(math.log(2))
    assert losses.compute_unlikelihood(HALF, FIRST + 1).item() == pytest.approx(-math.log(0.75))


def test_divergence_and_r_drop() -> None:
    even = torch.zeros(1, 1, 3)
    there = 0.5 * math.log(1.5) + 0.5 * math.log(0.75)
    back = (math.log(2 / 3) + 2 * math.log(4 / 3)) / 3
    assert losses.compute_divergence(HALF, even, ONE).item() == pytest.approx(there, abs=1e-6)
    assert losses.compute_r_drop(HALF, even, ONE).item() == pytest.approx(
        (there + back) / 2, abs=1e-6
    )
    assert losses.compute_r_drop(HALF, HALF, ONE).item() == pytest.approx(0, abs=1e-6)


def test_weights_and_masks() -> None:
    values = torch.tensor([[1.0, 9.0], [3.0, 5.0]])
    mask = torch.tensor([[True, False], [True, True]])
    weights = torch.tensor([1.0, 0.5])
    assert losses.average_weighted(values, mask, weights).item() == pytest.approx((1 + 4) / 3)
    assert losses.average_rows(values, mask).tolist() == [1.0, 4.0]


def test_truncation_leaves_out_the_highest() -> None:
    truncation = losses.Truncation(0.25)
    values = torch.tensor([1.0, 2.0, 3.0, 10.0])
    assert truncation.keep(values, active=False).tolist() == [1, 1, 1, 1]
    assert truncation.keep(values, active=True).tolist() == [1, 1, 1, 0]
    assert losses.Truncation(0.25, truncation.history).history == truncation.history


def test_moves_have_the_length_asked_for() -> None:
    embedded, gradient = torch.full((1, 1, 4), 3.0), torch.tensor([[[0.0, 2.0, 0.0, 0.0]]])
    (move,) = losses.make_ascent([gradient], [embedded], 0.1)
    assert move.tolist() == [[[0.0, pytest.approx(0.6), 0.0, 0.0]]]
    (short,) = losses.project_moves([move * 5], [embedded], 0.1)
    assert short.norm().item() == pytest.approx(0.6)


def test_dpo_loss() -> None:
    a, b = torch.tensor([-1.0]), torch.tensor([-2.0])
    assert compute_dpo_loss(a, b, a, b, 0.1).item() == pytest.approx(math.log(2))
    assert compute_dpo_loss(a, b, b, a, 0.5).item() == pytest.approx(math.log(1 + math.exp(-1)))


@pytest.mark.parametrize(
    ("architecture", "family"),
    [("gpt2", "decoder"), ("llama", "decoder"), ("qwen3", "decoder"),
     ("t5", "encoder-decoder"), ("bart", "encoder-decoder")],
)  # fmt: skip
def test_padding_changes_no_answer_logits(architecture: str, family: str) -> None:
    model, tokenizer = tiny(architecture, family)
    model.eval()
    encoder = Encoder(tokenizer, DataSection(), family, pad_to=16)
    examples = encoder.examples([row(), row("name[The Mill Of The River]", "Yes.")])
    both = compute_logits(model, encoder.batch(examples))
    tight = Encoder(tokenizer, DataSection(), family, pad_to=1)
    for i, example in enumerate(examples):
        alone = compute_logits(model, tight.batch([example]))
        length = len(example.target)
        assert torch.allclose(alone[0], both[i, :length], atol=1e-4)


def test_only_the_completion_counts_and_spans_are_marked() -> None:
    _, tokenizer = tiny("gpt2", "decoder")
    encoder = Encoder(tokenizer, DataSection(), "decoder", pad_to=4)
    marked = Row("a[b]", "Zizzi is French.", "a[b]", spans=((9, 15),))
    batch = encoder.batch(encoder.examples([marked, row()]))
    assert tokenizer.decode(batch.target[0][batch.mask[0]]) == "Zizzi is French.</s>"
    assert tokenizer.decode(batch.target[0][batch.marked[0]]).strip() == "French"
    assert not batch.marked[1].any()
    assert not batch.prompt_mask[0][0] and batch.prompt_mask[0][-1]  # padded on the left


REGULARIZERS = [
    Sft(), Sft(label_smoothing=0.1), Sft(r_drop=1.0), Sft(kl=1.0), Sft(neftune=20.0),
    Sft(unlikelihood=1.0), Sft(adversarial=Adversarial()),
    Sft(adversarial=Adversarial(kind="pgd")), Sft(weights=False),
]  # fmt: skip


def gradient(options: Sft, family: str, shift: bool = False) -> torch.Tensor:
    model, tokenizer = tiny("gpt2" if family == "decoder" else "t5", family)
    encoder = Encoder(tokenizer, DataSection(), family)
    marked = Row("a[b]", "Zizzi is French.", "a[b]", weight=0.5, spans=((9, 15),))
    objective = Objective(model, options)
    if shift:
        with torch.no_grad():
            for p in model.parameters():
                p.add_(torch.randn_like(p) * 0.1)
    model.train()
    torch.manual_seed(1)
    objective.backward(encoder.batch(encoder.examples([marked, row()])), settled=True)
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


@pytest.mark.parametrize("family", ["decoder", "encoder-decoder"])
def test_each_regularizer_changes_the_gradient(family: str) -> None:
    torch.manual_seed(5)
    found = [gradient(options, family) for options in REGULARIZERS]
    for options, one in zip(REGULARIZERS[1:], found[1:], strict=True):
        if options.kl:
            continue  # at the start the model is its own base, but for dropout
        assert not torch.allclose(one, found[0]), options
    assert torch.equal(gradient(Sft(), family), found[0])


@pytest.mark.parametrize("family", ["decoder", "encoder-decoder"])
def test_kl_keeps_a_model_by_what_it_was(family: str) -> None:
    """Trained alike on one row, the divergence from the start is the smaller the more it weighs."""

    def apart(kl: float) -> float:
        model, tokenizer = tiny("gpt2" if family == "decoder" else "t5", family)
        encoder = Encoder(tokenizer, DataSection(), family)
        batch = encoder.batch(encoder.examples([row()]))
        start = compute_logits(model.eval(), batch).detach()
        objective = Objective(model, Sft(kl=kl))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(20):
            optimizer.zero_grad()
            objective.backward(batch, settled=True)
            optimizer.step()
        return losses.compute_divergence(start, compute_logits(model, batch), batch.mask).item()

    assert 0 < apart(10.0) < apart(1.0) < apart(0.0)


def test_attacks_raise_the_loss() -> None:
    model, tokenizer = tiny("gpt2", "decoder")
    encoder = Encoder(tokenizer, DataSection(), "decoder")
    batch = encoder.batch(encoder.examples([row()]))
    model.eval()
    lossy = []
    for options in (Sft(), Sft(adversarial=Adversarial(epsilon=0.3))):
        objective = Objective(model, options)
        seen: list[float] = []
        moved = objective._moved
        objective._moved = lambda *a, f=moved, s=seen: (s.append(f(*a).item()), f(*a))[1]  # type: ignore[method-assign]
        lossy.append((objective.backward(batch, True), seen))
    assert lossy[1][1][0] > lossy[0][0]


def test_perturbations() -> None:
    rng = random.Random(1)
    text = "name[Blue Spice], food[French], area[riverside], area[city centre]"
    assert sorted(parse_slots(reorder_items(text, rng))) == sorted(parse_slots(text))
    assert make_typos(text, rng) != text
    assert {name for name, _ in parse_slots(make_typos(text, rng))} == {"name", "food", "area"}
    for record in (text, "inform(name[A], near[B])", '{"name": "A"}'):
        assert add_distraction(record, "name[Zizzi]", rng) == record
    assert find_open_values([row(f"near[{i or ''}]") for i in range(11)])["near"][0] == "1"
    assert "Other." in add_distraction("One. Two.", "Other.", rng)
    bare = drop_evidence(row(), "x", "No.", rng)
    assert (bare.context, bare.target, bare.evidence) == ("", "No.", "")
    same = row()
    assert Perturber([same], Perturb(), "No.").idle
    assert Perturber([same], Perturb(), "No.")(same, rng) is same
    assert Perturber([same], Perturb(missing=0.999), "No.")(same, rng).target == "No."


def test_a_slot_that_comes_twice_is_kept_and_judged() -> None:
    assert render_context({"near": ["Ranch", "Zizzi"], "area": "riverside"}) == (
        "near[Ranch], near[Zizzi], area[riverside]",
        {"near": ["Ranch", "Zizzi"], "area": "riverside"},
    )
    assert render_context("near[Ranch], near[Zizzi]")[1] == {"near": ["Ranch", "Zizzi"]}
    assert render_context("inform(name='Zizzi';seats=20)")[1] == {"name": "Zizzi", "seats": "20"}


TOLD = {"cheap": "cheap prices", "less than £20": "cheap food", "high": "expensive food"}


def places() -> list[Row]:
    """Records of which half of the texts tell no price."""
    rng, rows = random.Random(3), []
    for i in range(400):
        price = rng.choice(list(TOLD))
        name, near = rng.sample(NAMES, 2)
        context = f"name[{name}], priceRange[{price}], near[{near}]"
        price_told = f" with {TOLD[price]}" if i % 4 else ""
        rows.append(row(context, f"{name} is a place near {near}{price_told}."))
    return rows


NAMES = [f"{a} {b}" for a in ("Blue", "Old", "Red", "New") for b in ("Spice", "Inn", "Ranch")]


def test_what_is_dropped_is_told_in_no_words() -> None:
    rows = places()
    perturber = Perturber(rows, Perturb(drop=0.999), "No.")
    changed = [(old, perturber(old, random.Random(i))) for i, old in enumerate(rows)]
    for old, new in changed:
        told = " with " in old.target
        # "cheap food" tells the price, though no word of "less than £20" is in it.
        assert ("priceRange" in new.context) == told
        assert new.target == old.target
    sentences = row("Cats sleep. Dogs bark.", "A cat sleeps.")
    assert perturber(sentences, random.Random(1)).context == "Cats sleep."
    denial = row("Dogs bark.\nIt is not.", "Dogs bark, it is said.")
    assert perturber(denial, random.Random(1)).context == denial.context
    chinese = row("北京是中国的首都。\n长城很长。", "中国的首都是北京。")
    assert {perturber(chinese, random.Random(i)).context for i in range(9)} == {
        "北京是中国的首都。", chinese.context,
    } - {chinese.context}  # fmt: skip


def test_names_are_swapped_in_both_or_not_at_all() -> None:
    rows = places()
    perturber = Perturber(rows, Perturb(swap=0.999), "No.")
    for i, old in enumerate(rows):
        new = perturber(old, random.Random(i))
        before, after = dict(parse_slots(old.context)), dict(parse_slots(new.context))
        assert after["priceRange"] == before["priceRange"]
        assert not set(after.values()) & {before["name"], before["near"]}
        frame = old.target.replace(before["name"], "{0}").replace(before["near"], "{1}")
        assert new.target == frame.format(after["name"], after["near"])
        assert new.evidence == after
        assert perturber(old, random.Random(i)) == new
    few = [row(f"name[{name}]", name) for name in NAMES[:9]]
    assert Perturber(few, Perturb(swap=0.5), "No.").values == {}
    values = {"name": NAMES, "near": NAMES}
    for context, target in (
        ("name[Blue Spice], near[Old Inn]", "They cook here, with much spice."),
        ("name[Blue Spice], near[Blue Spice]", "Blue Spice is here."),
        ("name[Blue Spice]", "Blue Spice is here; the spice is good."),
        ("A text about Blue Spice.", "Blue Spice."),
        ("name[4], near[4.5 stars]", "There are 4 with a 4.5-star rating."),
        ("name[5]", "Their price is 5.50."),
        ("name[]", "A place."),
        ("name[], near[Ranch Two]", "A place."),
        ("name[Green], food[Green Man]", "Green serves Green Mans."),
        ("name[全聚德]", "全聚德在北京。我喜欢全聚德，全聚德。"),
        ("name[Blue Spice]", "BLUE SPICE, that is Blue Spice."),
    ):
        assert swap_names(row(context, target), values, random.Random(1)).context == context
    inner = row("name[Blue], near[Blue Spice]", "By Blue Spice, there is a place.")
    new = swap_names(inner, values | {"name": ["Zizzi"]}, random.Random(1))
    assert "name[Blue]" in new.context
    assert "Blue Spice" not in new.context + new.target
    marked = replace(row("name[Blue Spice]", "Blue Spice."), spans=((0, 4),))
    assert swap_names(marked, values, random.Random(1)) is marked


def test_measures() -> None:
    assert measure_coverage("name[Blue Spice], food[French]", "Blue Spice is here.") == 0.5
    assert measure_coverage("", "Blue") == 0
    said = "This is not stated in the given information"
    assert is_refusal(said, f"{said}.")
    assert not is_refusal("Blue Spice is French.", "This is not stated.")
    rows_ = [row("name[Zizzi], food[French]"), row("name[Aromi], area[riverside]")]
    measure = SlotMeasure(rows_)
    assert measure.errors("name[Zizzi], food[French]", "Zizzi is French, by the riverside.") == {
        "added": ["area"], "wrong": [], "missing": []}  # fmt: skip
    assert measure.errors("name[Zizzi], food[French]", "Aromi.") == {
        "added": [], "wrong": ["name"], "missing": ["food"]}  # fmt: skip
    assert measure(rows_, ["Zizzi, French", "Aromi, riverside"])["slots_exact"] == 1


def candidate(text: str, score: float, covered: float = 1.0, omitted: int = 0) -> Candidate:
    return Candidate(text, Judged(score, 1, int(score > 0.5)), covered, omitted)


def test_pairs_do_not_prefer_the_short_or_the_empty() -> None:
    options = Prefer()
    good, bad = candidate("a" * 20, 0.9), candidate("b" * 22, 0.1)
    pair = choose_pair(row(), [candidate("c" * 5, 1.0), good, bad], options)
    assert pair is not None and (pair.chosen, pair.rejected) == (good.text, bad.text)
    assert choose_pair(row(), [candidate("a" * 20, 0.9, 0.5), bad], options) is None
    assert choose_pair(row(), [good], options) is None
    even = choose_pair(row(), [good, candidate("b" * 20, 0.1)], options)
    assert even is not None
    assert balance_pairs([even, pair, even]) == [even, even]


def test_an_answer_to_a_record_has_to_be_complete_where_that_is_wanted() -> None:
    whole, short = candidate("a" * 20, 0.9), candidate("b" * 20, 0.9, 0.8, 1)
    assert choose_pair(row(), [whole, short], Prefer()) is None
    pair = choose_pair(row(), [short, whole], Prefer(complete=True))
    assert pair is not None and (pair.chosen, pair.rejected) == (whole.text, short.text)
    wrong = candidate("c" * 20, 0.1, 0.8, 1)
    assert choose_pair(row(), [short, wrong], Prefer(complete=True)) is None
    pair = choose_pair(row(), [whole, short, wrong], Prefer(complete=True))
    assert pair is not None and pair.rejected == wrong.text
    unknown = candidate("b" * 20, 0.9, 0.8)  # tells less, but nothing that is known to be told
    assert choose_pair(row(), [whole, unknown], Prefer(complete=True)) is None


def test_coverage_of_records_is_learned_from_rows() -> None:
    told = {"cheap": "low prices", "high": "steep prices"}
    given = [
        row(f"name[Cafe {i}], price[{price}]", f"Cafe {i} has {words}.")
        for i in range(60) for price, words in told.items()
    ]  # fmt: skip
    covering = Covering(given)
    assert covering(given[0], "Cafe 0 has low prices.") == (1.0, 0)
    assert covering(given[0], "Cafe 0 has tables.") == (0.5, 1)
    assert covering(given[0], "It has low prices.") == (0.5, 0)  # a name is told by itself alone
    few = Covering(given[:4])
    assert few(given[0], "Cafe 0 is cheap.") == (1.0, 0)
    assert few(given[0], "Cafe 0.") == (0.5, 0)
    prose = Row("Old. New.", "Old.", "Old. New.")
    assert (
        covering(prose, "It is old.")
        == (measure_coverage("Old. New.", "It is old."), 0)
        == (0.5, 0)
    )


def test_padding_of_answers_that_ended_is_not_told() -> None:
    notes = logging.getLogger("transformers.modeling_utils")
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    notes.addHandler(handler)
    try:
        with hide_padding():
            notes.warning("pass a mask since your input_ids may be padded")
            notes.warning("something else")
        notes.warning("once more, your input_ids may be padded")
    finally:
        notes.removeHandler(handler)
    assert seen == ["something else", "once more, your input_ids may be padded"]


def test_judge_by_function_and_by_default(tmp_path: Path) -> None:
    judge = FaithfulnessJudge(Judge(verifier="python:generator_cases:score"))
    found = judge.judge(["x", "x", "", "x"], ["ab", "abc", "ab", ""])
    assert [j.faithful for j in found] == [True, False, False, False]
    assert found[3].score is None and found[1].spans == ((0, 3),)
    kept, _ = select_fitting([row()], Encoder(tiny("gpt2", "decoder")[1], DataSection(), "decoder"),
                      99, "x")  # fmt: skip
    assert kept and rows() and config(tmp_path, sft={}).sft
