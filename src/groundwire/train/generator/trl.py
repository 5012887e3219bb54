"""Trainers of trl: DPO and KTO."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwire.train.generator.batches import Encoder
from groundwire.train.generator.config import Config
from groundwire.train.generator.data import write_prompt
from groundwire.train.libraries import hide_bars

if TYPE_CHECKING:
    from groundwire.train.generator.preference_data import Preference


def train_with_trl(
    model: Any, encoder: Encoder, pairs: Sequence[Preference], config: Config, folder: Path
) -> dict[str, Any]:
    """Trains a decoder on pairs; nothing of trl's stays in ``folder``.

    Returns:
        ``steps`` and ``loss``, its mean.
    """
    import trl as library
    from datasets import Dataset  # type: ignore[import-untyped]
    from transformers.trainer_callback import PrinterCallback

    trl: Any = library

    o = config.prefer
    assert o is not None
    rows: list[dict[str, Any]] = []
    for pair in pairs:
        prompt: Any = write_prompt(pair.row, config.data, config.data.control)
        if config.data.chat:
            turn = [{"role": "user", "content": prompt}]
            prompt = encoder.tokenizer.apply_chat_template(
                turn, tokenize=False, add_generation_prompt=True
            )
        if o.method == "dpo":
            rows.append({"prompt": prompt, "chosen": pair.chosen, "rejected": pair.rejected})
        else:
            rows += [{"prompt": prompt, "completion": pair.chosen, "label": True},
                     {"prompt": prompt, "completion": pair.rejected, "label": False}]  # fmt: skip
    kinds: dict[str, tuple[Any, Any]] = {
        "dpo": (trl.DPOConfig, trl.DPOTrainer), "kto": (trl.KTOConfig, trl.KTOTrainer)
    }  # fmt: skip
    settings, trainer = kinds[o.method]
    extra = {}
    if o.method == "dpo" and o.sft:
        extra = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, o.sft]}
    plain = not hasattr(model, "disable_adapter")
    with hide_bars():
        args = settings(
            output_dir=str(folder), num_train_epochs=o.epochs,
            max_steps=o.steps or -1, learning_rate=o.rate, beta=o.beta,
            per_device_train_batch_size=o.batch_size, gradient_accumulation_steps=o.accumulate,
            weight_decay=o.weight_decay, warmup_steps=o.warmup, max_grad_norm=o.clip,
            max_length=config.data.max_tokens, seed=config.seed, save_strategy="no",
            report_to="none",
            disable_tqdm=True, logging_steps=10_000_000, bf16=False, gradient_checkpointing=False,
            use_cpu=str(model.device) == "cpu", lr_scheduler_type="linear", **extra,
        )  # fmt: skip
        made = trainer(
            model=model, ref_model=copy.deepcopy(model) if plain else None, args=args,
            train_dataset=Dataset.from_list(rows), processing_class=encoder.tokenizer,
        )  # fmt: skip
        made.remove_callback(PrinterCallback)
        figures = made.train()
    shutil.rmtree(folder, ignore_errors=True)
    return {"steps": figures.global_step, "loss": round(figures.training_loss, 4)}
