#!/usr/bin/env python3
"""Writes a llama checkpoint as an ONNX graph in f32, fused the way models for transformers.js are published.

    export_onnx.py MODEL_FOLDER OUT.onnx

A layer is a handful of nodes: the norms with the residual sums in them (SkipSimplifiedLayerNormalization), one product
for q, k and v together, GroupQueryAttention with the rotation and the cache inside, and the feed-forward block. This is
the fastest form of the graph in onnxruntime-web; exported op by op it takes four times the dispatches.
"""

import argparse
import json
import pathlib

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

FUSED = "com.microsoft"


class Graph:
    """Nodes and weights, collected in order."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def weight(self, name: str, values: numpy.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(numpy.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], *outputs: str, domain: str = "", **attributes) -> str:
        """Adds a node and gives back the name of its first output."""
        name = outputs[0]
        self.nodes.append(
            helper.make_node(kind, inputs, list(outputs), name=f"{name}:{kind}", domain=domain, **attributes)
        )
        return name

    def product(self, x: str, name: str, matrix: numpy.ndarray) -> str:
        """x times the transpose of a matrix that is stored as a checkpoint stores it, [outputs, inputs]."""
        return self.node("MatMul", [x, self.weight(f"{name}.weight", matrix.T)], name)


def angles(config: dict, head: int) -> numpy.ndarray:
    """[positions, head / 2]"""
    rates = config["rope_theta"] ** (-numpy.arange(0, head, 2, dtype=numpy.float64) / head)
    return numpy.outer(numpy.arange(config["max_position_embeddings"]), rates)


def lengths(graph: Graph) -> tuple[str, str]:
    """What GroupQueryAttention asks for: the last position of every row, and the length with the new tokens."""
    one, axis = graph.weight("one", numpy.array([1])), graph.weight("axis", numpy.array(1))
    graph.node("ReduceSum", ["attention_mask", one], "mask_sum", keepdims=0)
    graph.node("Sub", ["mask_sum", one], "last")
    graph.node("Cast", ["last"], "last32", to=TensorProto.INT32)
    graph.node("Shape", ["attention_mask"], "mask_shape")
    graph.node("Gather", ["mask_shape", axis], "total", axis=0)
    return "last32", graph.node("Cast", ["total"], "total32", to=TensorProto.INT32)


def attention(graph: Graph, at: int, x: str, tensors: dict, config: dict, shared: list[str]) -> str:
    """From the normed input of a layer to what its attention adds; `shared` are lengths and angles."""
    here = f"model.layers.{at}.self_attn"
    qkv = numpy.concatenate([tensors[f"{here}.{part}_proj.weight"] for part in "qkv"])
    past = [f"past_key_values.{at}.{part}" for part in ("key", "value")]
    present = [f"present.{at}.{part}" for part in ("key", "value")]
    attended = graph.node(
        "GroupQueryAttention",
        [graph.product(x, f"{here}.qkv", qkv), "", "", *past, *shared],
        here,
        *present,
        domain=FUSED,
        num_heads=config["num_attention_heads"],
        kv_num_heads=config["num_key_value_heads"],
        do_rotary=1,
        rotary_interleaved=0,
    )
    return graph.product(attended, f"{here}.out", tensors[f"{here}.o_proj.weight"])


def feed_forward(graph: Graph, at: int, x: str, tensors: dict) -> str:
    here = f"model.layers.{at}.mlp"
    gate, up = (graph.product(x, f"{here}.{part}", tensors[f"{here}.{part}_proj.weight"]) for part in ("gate", "up"))
    graph.node("Sigmoid", [gate], f"{here}.sigmoid")
    graph.node("Mul", [gate, f"{here}.sigmoid"], f"{here}.silu")
    graph.node("Mul", [f"{here}.silu", up], f"{here}.inner")
    return graph.product(f"{here}.inner", f"{here}.out", tensors[f"{here}.down_proj.weight"])


def norm(graph: Graph, name: str, tensors: dict, config: dict, residual: str, added: str | None) -> tuple[str, str]:
    """The norm of the residual stream with what the block before adds to it, and that sum."""
    scale, epsilon = graph.weight(f"{name}.scale", tensors[f"{name}.weight"]), config["rms_norm_eps"]
    if added is None:
        inputs = [residual, scale]
        return graph.node("SimplifiedLayerNormalization", inputs, name, axis=-1, epsilon=epsilon), residual
    inputs, outputs = [residual, added, scale], (name, "", "", f"{name}.sum")
    graph.node("SkipSimplifiedLayerNormalization", inputs, *outputs, domain=FUSED, epsilon=epsilon)
    return name, f"{name}.sum"


def export(config: dict, tensors: dict[str, numpy.ndarray]) -> onnx.ModelProto:
    if config["model_type"] != "llama" or config.get("rope_scaling"):
        raise SystemExit("only a llama without scaled angles is exported")
    graph = Graph()
    head = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    turns = angles(config, head)
    shared = [*lengths(graph)]
    shared += [graph.weight(name, of(turns).astype("f4")) for name, of in (("cos", numpy.cos), ("sin", numpy.sin))]
    embedding = tensors["model.embed_tokens.weight"]
    residual, added = graph.node("Gather", [graph.weight("embedding", embedding), "input_ids"], "embedded"), None
    count = config["num_hidden_layers"]
    for at in range(count):
        here = f"model.layers.{at}"
        x, residual = norm(graph, f"{here}.input_layernorm", tensors, config, residual, added)
        added = attention(graph, at, x, tensors, config, shared)
        x, residual = norm(graph, f"{here}.post_attention_layernorm", tensors, config, residual, added)
        added = feed_forward(graph, at, x, tensors)
    x, _ = norm(graph, "model.norm", tensors, config, residual, added)
    graph.product(x, "logits", tensors.get("lm_head.weight", embedding))

    kv = ["batch", config["num_key_value_heads"], "past", head]
    caches = [f"{at}.{part}" for at in range(count) for part in ("key", "value")]

    def value(name: str, kind: int, shape: list) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    inputs = [value("input_ids", TensorProto.INT64, ["batch", "new"])]
    inputs += [value("attention_mask", TensorProto.INT64, ["batch", "total"])]
    inputs += [value(f"past_key_values.{cache}", TensorProto.FLOAT, kv) for cache in caches]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", "new", config["vocab_size"]])]
    kv = [*kv[:2], "total", head]
    outputs += [value(f"present.{cache}", TensorProto.FLOAT, kv) for cache in caches]
    made = helper.make_graph(graph.nodes, "llama", inputs, outputs, graph.weights)
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=9)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path, help="folder with config.json and model.safetensors")
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    config = json.loads((args.model / "config.json").read_text())
    tensors = load_file(args.model / "model.safetensors")
    made = export(config, {name: values.astype("f4") for name, values in tensors.items()})
    args.out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(made, args.out)


if __name__ == "__main__":
    main()
