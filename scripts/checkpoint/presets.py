"""Shapes of published models, under the names of their config.json, and the tensors that follow from them."""

import dataclasses
from collections.abc import Iterator

LLAMA3_SCALING = {
    "factor": 32.0,
    "high_freq_factor": 4.0,
    "low_freq_factor": 1.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3",
}

# What the models of a family have in common. Ids of special tokens are those of the small tokenizer.
LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "attention_bias": False,
    "mlp_bias": False,
}
QWEN2 = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "use_sliding_window": False,
    "sliding_window": 32768,
}
QWEN3 = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "attention_bias": False,
    "use_sliding_window": False,
    "sliding_window": None,
}
GEMMA3 = {
    "architectures": ["Gemma3ForCausalLM"],
    "model_type": "gemma3_text",
    "rms_norm_eps": 1e-6,
    "hidden_activation": "gelu_pytorch_tanh",
    # Tied by default, which is why published files do not say so.
    "attention_bias": False,
    "attn_logit_softcapping": None,
    "final_logit_softcapping": None,
    "rope_local_base_freq": 10000.0,
    "_sliding_window_pattern": 6,
    "use_bidirectional_attention": False,
}


@dataclasses.dataclass(frozen=True)
class Preset:
    """A published model, or a small one of our own."""

    family: dict
    sizes: dict
    # Numbers that the model computes with, a tied matrix once: what transformers counts.
    parameters: int
    # The published file has the tied output matrix a second time, as lm_head.weight.
    repeats_output: bool = False
    source: str | None = None

    def config(self, layers: int | None = None, context: int | None = None, dtype: str | None = None) -> dict:
        """The whole config.json, some of it instead of the preset's."""
        config = {**self.family, "rope_scaling": None, "torch_dtype": "bfloat16", **self.sizes}
        config["num_hidden_layers"] = layers or config["num_hidden_layers"]
        config["max_position_embeddings"] = context or config["max_position_embeddings"]
        config["torch_dtype"] = dtype or config["torch_dtype"]
        if pattern := config.get("_sliding_window_pattern"):
            layers = range(1, config["num_hidden_layers"] + 1)
            config["layer_types"] = ["sliding_attention" if n % pattern else "full_attention" for n in layers]
        return {**config, "bos_token_id": 0, "eos_token_id": 0}


def sizes(
    vocab: int, hidden: int, ffn: int, layers: int, heads: tuple[int, int, int], positions: int, theta: float
) -> dict:
    """Names for numbers; `heads` are those of queries, those of keys, and the size of one."""
    return {
        "vocab_size": vocab,
        "hidden_size": hidden,
        "intermediate_size": ffn,
        "num_hidden_layers": layers,
        "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1],
        "head_dim": heads[2],
        "max_position_embeddings": positions,
        "rope_theta": theta,
    }


SMOLLM2_135M = sizes(49152, 576, 1536, 30, (9, 3, 64), 8192, 100000.0)
SMOLLM2_360M = sizes(49152, 960, 2560, 32, (15, 5, 64), 8192, 100000.0)
QWEN25_05B = {**sizes(151936, 896, 4864, 24, (14, 2, 64), 32768, 1000000.0), "max_window_layers": 24}
QWEN3_06B = {**sizes(151936, 1024, 3072, 28, (16, 8, 128), 40960, 1000000.0), "max_window_layers": 28}
GEMMA3_270M = {
    **sizes(262144, 640, 2048, 18, (4, 1, 256), 32768, 1000000.0),
    "sliding_window": 512,
    "query_pre_attn_scalar": 256,
}
LLAMA_1B = {**sizes(128256, 2048, 8192, 16, (32, 8, 64), 131072, 500000.0), "rope_scaling": LLAMA3_SCALING}
COGITO_3B = {**sizes(128256, 3072, 8192, 28, (24, 8, 128), 131072, 500000.0), "rope_scaling": LLAMA3_SCALING}
TINY = {**sizes(512, 64, 160, 2, (4, 2, 16), 256, 10000.0), "torch_dtype": "float16"}

PRESETS = {
    "tiny": Preset(LLAMA, TINY, 119_104),
    "smollm2-135m": Preset(LLAMA, SMOLLM2_135M, 134_515_008, source="HuggingFaceTB/SmolLM2-135M"),
    "gemma3-270m": Preset(GEMMA3, GEMMA3_270M, 268_098_176, source="google/gemma-3-270m"),
    "smollm2-360m": Preset(LLAMA, SMOLLM2_360M, 361_821_120, source="HuggingFaceTB/SmolLM2-360M"),
    "qwen2.5-0.5b": Preset(QWEN2, QWEN25_05B, 494_032_768, source="Qwen/Qwen2.5-0.5B"),
    "qwen3-0.6b": Preset(QWEN3, QWEN3_06B, 596_049_920, True, "Qwen/Qwen3-0.6B"),
    "llama-1b": Preset(LLAMA, LLAMA_1B, 1_235_814_400, source="meta-llama/Llama-3.2-1B"),
    "cogito-3b": Preset(LLAMA, COGITO_3B, 3_212_749_824, True, "deepcogito/cogito-v1-preview-llama-3B"),
    # The same with the second matrix in use, should its config.json not tie them.
    "cogito-3b-untied": Preset({**LLAMA, "tie_word_embeddings": False}, COGITO_3B, 3_606_752_256),
}

OUTPUT, EMBEDDING = "lm_head.weight", "model.embed_tokens.weight"


def tensors(config: dict) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of what the model computes with, in the order of the file."""
    family = config["model_type"]
    hidden, ffn, head = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    if not config.get("tie_word_embeddings", family == "gemma3_text"):
        yield OUTPUT, (config["vocab_size"], hidden)
    yield EMBEDDING, (config["vocab_size"], hidden)
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        yield f"{at}.input_layernorm.weight", (hidden,)
        for name, rows in (("q", queries), ("k", keys), ("v", keys)):
            yield f"{at}.self_attn.{name}_proj.weight", (rows, hidden)
            if family == "qwen2":
                yield f"{at}.self_attn.{name}_proj.bias", (rows,)
        yield f"{at}.self_attn.o_proj.weight", (hidden, queries)
        if family in ("qwen3", "gemma3_text"):
            yield f"{at}.self_attn.q_norm.weight", (head,)
            yield f"{at}.self_attn.k_norm.weight", (head,)
        yield f"{at}.post_attention_layernorm.weight", (hidden,)
        if family == "gemma3_text":
            yield f"{at}.pre_feedforward_layernorm.weight", (hidden,)
            yield f"{at}.post_feedforward_layernorm.weight", (hidden,)
        yield f"{at}.mlp.gate_proj.weight", (ffn, hidden)
        yield f"{at}.mlp.up_proj.weight", (ffn, hidden)
        yield f"{at}.mlp.down_proj.weight", (hidden, ffn)
    yield "model.norm.weight", (hidden,)
