"""The byte-level BPE tokenizer of the story model."""

import json
import pathlib

import numpy
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from story.corpus import SEPARATOR

END = 0
PAD = 1
PAD_TOKEN = "<|pad|>"


def train(texts: list[str], vocabulary: int) -> Tokenizer:
    """A tokenizer of exactly `vocabulary` entries: two special tokens, the 256 bytes, and merges."""
    tokenizer = Tokenizer(models.BPE())
    # Digits stand alone so that numbers do not use up merges.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=[SEPARATOR, PAD_TOKEN],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    # A story begins after the end of another one, so the end token is also the one that begins a prompt.
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{SEPARATOR} $A", special_tokens=[(SEPARATOR, END)]
    )
    if tokenizer.get_vocab_size() != vocabulary:
        raise SystemExit(
            f"the texts give only {tokenizer.get_vocab_size()} of {vocabulary} tokens; lower --vocab"
        )
    if tokenizer.token_to_id(SEPARATOR) != END or tokenizer.token_to_id(PAD_TOKEN) != PAD:
        raise SystemExit("the special tokens did not get the ids 0 and 1")
    return tokenizer


def save(tokenizer: Tokenizer, path: pathlib.Path) -> None:
    """Writes tokenizer.json whole or not at all."""
    text = json.dumps(json.loads(tokenizer.to_str()), indent=2, ensure_ascii=False)
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def load(path: pathlib.Path) -> Tokenizer:
    """Reads a tokenizer.json."""
    return Tokenizer.from_file(str(path))


def stream(tokenizer: Tokenizer, stories: list[str], end: int = END) -> numpy.ndarray:
    """All stories as one row of ids, the end token before the first, between all and after the last."""
    ids = [end]
    for encoding in tokenizer.encode_batch(stories, add_special_tokens=False):
        ids += encoding.ids
        ids.append(end)
    return numpy.asarray(ids, dtype=numpy.int32)
