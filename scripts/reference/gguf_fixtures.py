"""Fixtures of crates/tempo-gguf, written with llama.cpp's own Python package `gguf`.

    python3 -m venv .venv && .venv/bin/pip install gguf==0.19.0 numpy==2.4.6
    .venv/bin/python scripts/reference/gguf_fixtures.py

It writes tests/fixtures/gguf, blocks of random bytes with the numbers that `gguf.quants` finds in
them and a tiny file of each architecture, and from those the seeds of the fuzzer. Seeded: a second
run writes the same bytes.
"""

import struct
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf import quants

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/gguf"
SEEDS = ROOT / "crates/tempo-gguf/fuzz/seeds"

# Each type with the places of the half-precision numbers in a block.
BLOCKS = {
    Kind.Q4_0: (0,),
    Kind.Q4_1: (0, 2),
    Kind.Q5_0: (0,),
    Kind.Q5_1: (0, 2),
    Kind.Q8_0: (0,),
    Kind.Q4_K: (0, 2),
    Kind.Q5_K: (0, 2),
    Kind.Q6_K: (208,),
}
# The same of types that were added later: drawn last, so that the others keep their bytes.
LATER_BLOCKS = {
    Kind.Q2_K: (80, 82),
    Kind.Q3_K: (108,),
    Kind.IQ4_NL: (0,),
    Kind.IQ4_XS: (0,),
    Kind.MXFP4: (),
}
# Halves that random bytes rarely hit: zeros, the smallest, the largest, infinities. No NaN: how one
# of them is written is left to the processor.
ODD_HALVES = [0x0000, 0x8000, 0x0001, 0x83FF, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00]


def random_blocks(kind, places, random):
    size = gguf.GGML_QUANT_SIZES[kind][1]
    count = 4 if size > 40 else 10
    blocks = random.integers(0, 256, size=(count, size), dtype=np.uint8)
    for row, block in enumerate(blocks):
        for place in places:
            half = int(random.integers(0, 0x7C00)) | int(random.integers(0, 2)) << 15
            if row >= count - 2:
                half = int(random.choice(ODD_HALVES))
            block[place : place + 2] = list(struct.pack("<H", half))
    return blocks


def numbers(kind, raw):
    with np.errstate(all="ignore"):
        return np.asarray(quants.dequantize(raw, kind), dtype="<f4").reshape(-1)


def write_blocks():
    """`<type>.bin`: u32 bytes of blocks, the blocks, the numbers in float32; all in little endian."""
    random = np.random.default_rng(20)
    raws = {kind: random_blocks(kind, places, random) for kind, places in BLOCKS.items()}
    # All kinds of bf16 and f16, but NaN.
    halves = np.concatenate([random.integers(0, 0x7C00, 120), ODD_HALVES]).astype("<u2")
    raws[Kind.F16] = halves.view(np.uint8).reshape(1, -1)
    odd = [0, 0x8000, 1, 0x8001, 0x7F7F, 0xFF7F, 0x7F80, 0xFF80]
    halves = np.concatenate([random.integers(0, 0x7F80, 120), odd])
    raws[Kind.BF16] = halves.astype("<u2").view(np.uint8).reshape(1, -1)
    raws |= {kind: random_blocks(kind, places, random) for kind, places in LATER_BLOCKS.items()}
    # Exponents at the ends of their range, 255 of which is an infinity in no program.
    raws[Kind.MXFP4][:5, 0] = [0, 1, 2, 254, 255]
    for kind, raw in raws.items():
        found = numbers(kind, raw.view("<f2") if kind == Kind.F16 else raw)
        stored = raw.tobytes()
        head = struct.pack("<I", len(stored))
        (FIXTURES / f"{kind.name}.bin").write_bytes(head + stored + found.tobytes())
        # The fuzzer's first byte chooses the type.
        block = stored[: gguf.GGML_QUANT_SIZES[kind][1]]
        (SEEDS / "tensor" / kind.name).write_bytes(bytes([kind.value]) + block)


def write_models():
    """A file of each architecture: hidden 32, 2 heads of 16, 1 kv head, 1 layer, 8 tokens; and qwen3 in parts."""
    split = {"split_max_tensors": 5, "small_first_shard": True}
    for file, name, options in [
        *((name, name, {}) for name in ["llama", "qwen2", "qwen3", "gemma3"]),
        ("parts", "qwen3", split),
    ]:
        random = np.random.default_rng(21)
        writer = gguf.GGUFWriter(FIXTURES / f"{file}.gguf", name, **options)
        writer.add_block_count(1)
        writer.add_context_length(64)
        writer.add_embedding_length(32)
        writer.add_feed_forward_length(48)
        writer.add_head_count(2)
        writer.add_head_count_kv(1)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(5000.0)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
        tokens = ["<unk>", "<s>", "</s>", "a", "b", "ab", "▁", "<end>"]
        writer.add_token_list(tokens)
        writer.add_token_types([2, 3, 3, 1, 1, 1, 1, 3])
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        if name.startswith("qwen"):
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre("qwen2")
            writer.add_token_merges(["a b"])
            writer.add_add_bos_token(False)
            writer.add_eot_token_id(7)
        else:
            writer.add_tokenizer_model("llama")
            writer.add_token_scores([0.0, 0.0, 0.0, -1.0, -2.0, -3.0, -4.0, 0.0])
            writer.add_add_bos_token(True)
            writer.add_add_space_prefix(False)
            writer.add_unk_token_id(0)
        if name == "gemma3":
            writer.add_key_length(16)
            writer.add_value_length(16)
            writer.add_sliding_window(8)
            writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(8.0)

        def add(tensor, *shape, dtype=np.float32, kind=None):
            values = random.normal(size=shape).astype(dtype)
            if kind is None:
                writer.add_tensor(tensor, values)
            else:
                writer.add_tensor(tensor, quants.quantize(values, kind), raw_dtype=kind)

        add("token_embd.weight", 8, 32, kind=Kind.Q8_0)
        add("output_norm.weight", 32)
        if name == "llama":
            add("output.weight", 8, 32, dtype=np.float16)
            add("rope_freqs.weight", 8)
        for part, rows, columns in [
            ("attn_q", 32, 32),
            ("attn_k", 16, 32),
            ("attn_v", 16, 32),
            ("attn_output", 32, 32),
            ("ffn_gate", 48, 32),
            ("ffn_up", 48, 32),
        ]:
            add(f"blk.0.{part}.weight", rows, columns, kind=Kind.Q4_0)
        add("blk.0.ffn_down.weight", 32, 48, dtype=np.float16)
        norms = ["attn_norm", "ffn_norm"]
        if name == "gemma3":
            norms += ["post_attention_norm", "post_ffw_norm"]
        for norm in norms:
            add(f"blk.0.{norm}.weight", 32)
        if name == "qwen2":
            for part, rows in [("attn_q", 32), ("attn_k", 16), ("attn_v", 16)]:
                add(f"blk.0.{part}.bias", rows)
        if name in ("qwen3", "gemma3"):
            add("blk.0.attn_q_norm.weight", 16)
            add("blk.0.attn_k_norm.weight", 16)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def write_seeds():
    """The headers of two of them, which is where a fuzzer shall look."""
    for name in ["llama", "gemma3"]:
        whole = (FIXTURES / f"{name}.gguf").read_bytes()
        reader = gguf.GGUFReader(FIXTURES / f"{name}.gguf")
        header = min(int(tensor.data_offset) for tensor in reader.tensors)
        (SEEDS / "header" / name).write_bytes(whole[:header])


def main():
    for folder in [FIXTURES, SEEDS / "header", SEEDS / "tensor"]:
        folder.mkdir(parents=True, exist_ok=True)
    write_blocks()
    write_models()
    write_seeds()
    for folder in [FIXTURES, SEEDS]:
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        print(f"{folder.relative_to(ROOT)}: {len(sizes)} files, {sum(sizes)} bytes")


if __name__ == "__main__":
    main()
