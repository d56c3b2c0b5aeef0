"""Random weights, in the bytes of a safetensors file."""

import functools
import json
import math
import pathlib
import statistics
import zlib
from collections.abc import Iterable, Iterator

import numpy

from .presets import EMBEDDING, OUTPUT

# Name in config.json: (name in a safetensors header, bytes).
DTYPES = {"float32": ("F32", 4), "float16": ("F16", 2), "bfloat16": ("BF16", 2)}

# Standard deviation of matrices and biases: small, so that activations stay finite.
DEVIATION = 0.02

# Numbers made at a time: few enough to stay in a processor's cache.
PIECE = 1 << 18

Named = tuple[str, tuple[int, ...]]


def encoded(values: numpy.ndarray, dtype: str) -> numpy.ndarray:
    """Float32 numbers in the wanted type, little-endian."""
    if dtype == "float32":
        return values.astype("<f4")
    if dtype == "float16":
        return values.astype("<f2")
    # numpy has no bfloat16: it is the upper half of a float32, rounded to nearest, ties to even.
    bits = values.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


@functools.cache
def quantiles(dtype: str) -> numpy.ndarray:
    """The normal distribution at 65,536 equally likely places, one for each 16 random bits.

    A look-up is several times faster than drawing a normal number, every weight is still a draw of its own, and the
    values end at 4.3 standard deviations.
    """
    normal = statistics.NormalDist(0, DEVIATION)
    places = ((place + 0.5) / 65536 for place in range(65536))
    return encoded(numpy.fromiter(map(normal.inv_cdf, places), numpy.float32), dtype)


def contents(tensor: Named, family: str, dtype: str, seed: int) -> Iterator[numpy.ndarray]:
    """A tensor, piece by piece. It depends on seed and name alone, not on its neighbours in the file."""
    name, shape = tensor
    left = math.prod(shape)
    if "norm" in name:
        # Gemma adds one to what is stored.
        yield encoded(numpy.full(left, 0 if family == "gemma3_text" else 1, numpy.float32), dtype)
        return
    random = numpy.random.SFC64(numpy.random.SeedSequence([seed, zlib.crc32(name.encode())]))
    while left:
        count = min(left, PIECE)
        bits = random.random_raw(-(-count // 4)).astype("<u8", copy=False).view("<u2")
        yield quantiles(dtype)[bits[:count]]
        left -= count


def shards(tensors: Iterable[Named], width: int, limit: int | None) -> list[list[Named]]:
    """Consecutive tensors in groups of at most `limit` bytes; a larger tensor is a group of its own."""
    groups, filled = [[]], 0
    for name, shape in tensors:
        size = math.prod(shape) * width
        if limit and groups[-1] and filled + size > limit:
            groups.append([])
            filled = 0
        groups[-1].append((name, shape))
        filled += size
    return groups


def write_file(path: pathlib.Path, group: list[Named], config: dict, seed: int) -> int:
    """One safetensors file; returns the bytes of its tensors."""
    family, dtype = config["model_type"], config["torch_dtype"]
    label, width = DTYPES[dtype]
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in group:
        size = math.prod(shape) * width
        header[name] = {"dtype": label, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in group:
            # A tied output matrix is the embedding, also where a file has both.
            tied = name == OUTPUT and config.get("tie_word_embeddings", True)
            for piece in contents((EMBEDDING if tied else name, shape), family, dtype, seed):
                file.write(piece)
    return at


def write(folder: pathlib.Path, tensors: list[Named], config: dict, seed: int, limit: int | None) -> tuple[int, int]:
    """All files, with an index where there is a limit to their size; returns the number of files and of bytes."""
    groups = shards(tensors, DTYPES[config["torch_dtype"]][1], limit)
    total, place = 0, {}
    for number, group in enumerate(groups, 1):
        file = f"model-{number:05}-of-{len(groups):05}.safetensors" if limit else "model.safetensors"
        total += write_file(folder / file, group, config, seed)
        place.update({name: file for name, _ in group})
    if limit:
        index = {"metadata": {"total_size": total}, "weight_map": place}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    return len(groups), total
