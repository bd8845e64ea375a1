"""Golden figures of attention and Transformers from PyTorch in double precision: data/attention.json and data/transformers.json. Format and rules: make_oracles.py.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_attention_oracles.py

Modules of torch.nn compute with our leaves (functional_call), so that every parameter's gradient is there under its state_dict's name. PyTorch leaves garbage in outputs behind a
sequence's end; here they are zero, in outputs and so in what reaches the loss. What torch 1.13 has not (RMS normalisation, SwiGLU, rotary positions, ALiBi, additive and multiplicative
attention) is written out below, step by step.
"""
import math
import os

import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call

import make_oracles
from make_oracles import Draw, case, write


def padding(lengths, steps):
    """True behind the end: [B, S]."""
    return None if lengths is None else torch.arange(steps)[None, :] >= torch.tensor(lengths)[:, None]


def inside(lengths, steps):
    """1 within the length: [T, B, 1]."""
    return 1.0 if lengths is None else (~padding(lengths, steps)).double().t()[:, :, None]


def future(steps):
    return torch.full((steps, steps), -math.inf, dtype=torch.float64).triu(1)


def parameters(module, d):
    return {k: d.uniform(*v.shape, low=0.5 if "norm" in k else -0.5, high=1.5 if "norm" in k else 0.5) for k, v in module.named_parameters()}


def heads_of(x, heads):                                       # [T, B, H w] -> [B, H, T, w]
    return x.reshape(x.shape[0], x.shape[1], heads, -1).permute(1, 2, 0, 3)


def joined(x):                                                # [B, H, T, w] -> [T, B, H w]
    return x.permute(2, 0, 1, 3).reshape(x.shape[2], x.shape[0], -1)


def alibi(heads):
    """The slopes of Press et al. 2021, from the recipe in their paper: geometric for a power of two, otherwise filled up with every other slope of twice as many heads."""
    def geometric(n):
        first = 2 ** (-8 / n)
        return [first ** (i + 1) for i in range(n)]
    power = 2 ** int(math.log2(heads))
    return geometric(power) + geometric(2 * power)[0::2][:heads - power]


def rotate(x, heads, start=0):
    """Su et al. 2021 on [T, B, H w], number i paired with i + w / 2, written as a product of complex numbers."""
    steps, batch = x.shape[:2]
    x = x.reshape(steps, batch, heads, -1)
    half = x.shape[-1] // 2
    angle = (torch.arange(steps).double() + start)[:, None] * 10000 ** (-torch.arange(half).double() / half)
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angle), angle)[:, None, None, :]
    return torch.cat([turned.real, turned.imag], -1).reshape(steps, batch, -1)


def plain(q, k, v, heads, mask=None):
    q, k, v = heads_of(q, heads), heads_of(k, heads), heads_of(v, heads)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    return joined(torch.softmax(scores if mask is None else scores + mask, -1) @ v)


# ---------------------------------------------------------------- operations

def operations():
    for shape, scale in [((3, 5), 1), ((33,), 4), ((2, 3, 17), 2)]:
        label = "x".join(map(str, shape))
        for op, f in {"gelu": F.gelu, "silu": F.silu}.items():
            yield case(f"{op}_{label}", op, lambda x, f=f: f(x), {"x": Draw(f"{op}_{label}").normal(*shape, scale=scale)})
    for shape, epsilon in [((3, 4, 17), 1e-5), ((5, 33), 1e-3), ((2, 1), 1e-5), ((70, 3), 1e-5)]:
        label, width = "x".join(map(str, shape)), shape[-1]
        d = Draw("layer_norm_" + label)
        inputs = {"x": d.normal(*shape, shift=0.5), "weight": d.normal(width), "bias": d.normal(width)}
        yield case("layer_norm_" + label, "layer_norm", lambda x, weight, bias, w=width, e=epsilon: F.layer_norm(x, (w,), weight, bias, e), inputs, {"epsilon": epsilon})
        del inputs["bias"]
        yield case("rms_norm_" + label, "rms_norm", lambda x, weight, e=epsilon: x / torch.sqrt((x * x).mean(-1, keepdim=True) + e) * weight, inputs, {"epsilon": epsilon})
    for a, b in [((4, 5, 7), (4, 7, 3)), ((2, 3, 1, 17), (2, 3, 17, 16))]:
        name = f"batch_matmul_{'x'.join(map(str, a))}"
        d = Draw(name)
        yield case(name, "batch_matmul", lambda a, b: torch.matmul(a, b), {"a": d.normal(*a), "b": d.normal(*b)})
    for start in (0, 9):
        name = f"rotary_{start}"
        yield case(name, "rotary", lambda x, s=start: rotate(x, 3, s), {"x": Draw(name).normal(5, 2, 24)}, {"heads": 3, "start": start})
    for heads in (1, 2, 3, 6, 8, 12):
        slopes = torch.tensor(alibi(heads), dtype=torch.float64)
        yield case(f"alibi_slopes_{heads}", "alibi_slopes", lambda x, s=slopes: x * 0 + s, {"x": torch.zeros(heads, dtype=torch.float64)}, {"heads": heads})
    for lengths in (None, [5, 1, 4]):
        label = "" if lengths is None else "_lengths"
        d = Draw("additive" + label)
        inputs = {"x": d.normal(3, 3, 4), "memory": d.normal(5, 3, 6), "v": d.normal(7), "query.weight": d.normal(7, 4), "query.bias": d.normal(7), "key.weight": d.normal(7, 6)}
        yield case("additive" + label, "additive", lambda lengths=lengths, **t: additive(t, lengths), inputs, {"lengths": lengths})
        for score in ("dot", "scaled_dot", "general"):
            d = Draw(score + label)
            inputs = {"x": d.normal(3, 3, 4), "memory": d.normal(5, 3, 6 if score == "general" else 4)}
            if score == "general":
                inputs["key.weight"] = d.normal(4, 6)
            yield case(score + label, score, lambda score=score, lengths=lengths, **t: multiplicative(t, score, lengths), inputs, {"lengths": lengths})


def weigh(scores, memory, lengths):                           # scores [B, T, S], memory [S, B, M]
    hidden = padding(lengths, memory.shape[0])
    weights = torch.softmax(scores if hidden is None else scores.masked_fill(hidden[:, None, :], -math.inf), -1)
    return {"y": torch.einsum("bts,sbm->tbm", weights, memory), "weights": weights}


def additive(t, lengths):
    q = t["x"] @ t["query.weight"].t() + t["query.bias"]
    k = t["memory"] @ t["key.weight"].t()
    return weigh(torch.einsum("tsba,a->bts", torch.tanh(q[:, None] + k[None, :]), t["v"]), t["memory"], lengths)


def multiplicative(t, score, lengths):
    k = t["memory"] @ t["key.weight"].t() if score == "general" else t["memory"]
    scores = torch.einsum("tba,sba->bts", t["x"], k)
    return weigh(scores / 2 if score == "scaled_dot" else scores, t["memory"], lengths)         # sqrt(4) = 2


# ---------------------------------------------------------------- modules

def multi_head():
    lengths, memory_lengths = [7, 2, 5, 1], [3, 5, 1, 4]
    sizes = {"time": 7, "batch": 4, "width": 12, "heads": 3}
    for label, options in {"plain": {}, "lengths": {"lengths": lengths}, "causal": {"causal": True}, "causal_lengths": {"causal": True, "lengths": lengths}, "without_bias": {"bias": False},
                           "mask": {"mask": True}, "one_step": {"time": 1, "batch": 1}, "wide": {"width": 17, "heads": 1, "time": 5, "batch": 2, "causal": True}}.items():
        yield multi_head_case("self_" + label, {**sizes, **options})
    for label, options in {"cross": {}, "cross_lengths": {"memory_lengths": memory_lengths, "lengths": lengths}, "cross_other_widths": {"keys": 5, "values": 17, "memory_lengths": memory_lengths}}.items():
        yield multi_head_case(label, {**sizes, "memory": 5, **options})


def multi_head_case(name, p):
    d = Draw("multi_head_" + name)
    width, steps, batch = p["width"], p["time"], p["batch"]
    module = torch.nn.MultiheadAttention(width, p["heads"], bias=p.get("bias", True), kdim=p.get("keys"), vdim=p.get("values")).double()
    inputs = {"x": d.normal(steps, batch, width), **parameters(module, d)}
    if "memory" in p:
        inputs["key"] = d.normal(p["memory"], batch, p.get("keys", width))
        inputs["value"] = d.normal(p["memory"], batch, p.get("values", width))
    if p.get("mask"):
        inputs["mask"] = d.normal(steps, steps)

    def compute(x, key=None, value=None, mask=None, **weights):
        hidden = padding(p.get("memory_lengths") if "memory" in p else p.get("lengths"), p["memory"] if "memory" in p else steps)
        mask = future(steps) if p.get("causal") else mask
        y, _ = functional_call(module, weights, (x, x if key is None else key, x if value is None else value), {"key_padding_mask": hidden, "attn_mask": mask, "need_weights": False})
        return y * inside(p.get("lengths"), steps)

    return case("multi_head_" + name, "multi_head", compute, inputs, p)


def transformers():
    lengths, memory_lengths = [6, 2, 4], [3, 5, 1]
    sizes = {"time": 6, "batch": 3, "width": 8, "heads": 2, "feed": 10}
    for label, options in {"last_relu": {}, "first_gelu": {"first": True, "gelu": True}, "last_gelu_lengths": {"gelu": True, "lengths": lengths},
                           "first_relu_causal_lengths": {"first": True, "causal": True, "lengths": lengths, "epsilon": 1e-3}}.items():
        yield module_case("encoder_layer", label, {**sizes, **options})
    for label, options in {"last": {"layers": 2}, "first_norm": {"layers": 2, "first": True, "norm": True, "lengths": lengths}}.items():
        yield module_case("encoder", label, {**sizes, **options})
    for label, options in {"last_relu": {}, "first_gelu": {"first": True, "gelu": True}, "last_lengths": {"lengths": lengths, "memory_lengths": memory_lengths}}.items():
        yield module_case("decoder_layer", label, {**sizes, "memory": 5, **options})
    yield module_case("decoder", "first_norm", {**sizes, "memory": 5, "layers": 2, "first": True, "norm": True, "memory_lengths": memory_lengths})
    yield module_case("transformer", "last", {**sizes, "memory": 5, "layers": 1, "lengths": lengths, "memory_lengths": memory_lengths})
    for label, options in {"rotary": {}, "rotary_lengths": {"lengths": lengths}, "alibi": {"alibi": True}}.items():
        yield gated_case(label, {**sizes, "heads": 2, **options})


def module_case(op, label, p):
    options = dict(dim_feedforward=p["feed"], dropout=0.0, activation="gelu" if p.get("gelu") else "relu", layer_norm_eps=p.get("epsilon", 1e-5), norm_first=p.get("first", False))
    encoder_layer = torch.nn.TransformerEncoderLayer(p["width"], p["heads"], **options)
    decoder_layer = torch.nn.TransformerDecoderLayer(p["width"], p["heads"], **options)
    norm = torch.nn.LayerNorm(p["width"]) if p.get("norm") else None
    module = {
        "encoder_layer": lambda: encoder_layer, "decoder_layer": lambda: decoder_layer,
        "encoder": lambda: torch.nn.TransformerEncoder(encoder_layer, p["layers"], norm), "decoder": lambda: torch.nn.TransformerDecoder(decoder_layer, p["layers"], norm),
        "transformer": lambda: torch.nn.Transformer(p["width"], p["heads"], p["layers"], p["layers"], **options),
    }[op]().double()                                          # training mode: its way is the plain one, and nothing is dropped
    name = f"{op}_{label}"
    d = Draw(name)
    steps = p["time"]
    inputs = {"x": d.normal(steps, p["batch"], p["width"]), **parameters(module, d)}
    if "memory" in p:
        inputs["memory"] = d.normal(p["memory"], p["batch"], p["width"])

    def compute(x, memory=None, **weights):
        hidden, memory_hidden = padding(p.get("lengths"), steps), padding(p.get("memory_lengths"), p.get("memory", 0))
        if op.startswith("encoder"):
            names = ("src_mask" if op == "encoder_layer" else "mask", "src_key_padding_mask")
            y = functional_call(module, weights, (x,), {names[0]: future(steps) if p.get("causal") else None, names[1]: hidden})
        elif op == "transformer":
            y = functional_call(module, weights, (memory, x), {"tgt_mask": future(steps), "src_key_padding_mask": memory_hidden, "tgt_key_padding_mask": hidden, "memory_key_padding_mask": memory_hidden})
        else:
            y = functional_call(module, weights, (x, memory), {"tgt_mask": future(steps), "tgt_key_padding_mask": hidden, "memory_key_padding_mask": memory_hidden})
        return y * inside(p.get("lengths"), steps)

    return case(name, op, compute, inputs, p)


def gated_case(label, p):
    """A layer as decoder-only Transformers have it today: RMS normalisation first, rotary positions or ALiBi, SwiGLU, causal, no biases."""
    name = "gated_" + label
    d = Draw(name)
    width, feed, steps, heads = p["width"], p["feed"], p["time"], p["heads"]
    shapes = {"self_attn.in_proj_weight": (3 * width, width), "self_attn.out_proj.weight": (width, width), "linear1.weight": (feed, width), "linear2.weight": (width, feed), "linear3.weight": (feed, width)}
    inputs = {"x": d.normal(steps, p["batch"], width), **{k: d.uniform(*s, low=-0.5, high=0.5) for k, s in shapes.items()}, "norm1.weight": d.uniform(width, low=0.5, high=1.5), "norm2.weight": d.uniform(width, low=0.5, high=1.5)}

    def compute(x, **w):
        norm = lambda x, weight: x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-5) * weight
        q, k, v = (norm(x, w["norm1.weight"]) @ w["self_attn.in_proj_weight"].t()).chunk(3, -1)
        mask = future(steps)
        if p.get("alibi"):
            distance = (torch.arange(steps)[:, None] - torch.arange(steps)[None, :]).abs().double()
            mask = mask - torch.tensor(alibi(heads), dtype=torch.float64)[:, None, None] * distance
        else:
            q, k = rotate(q, heads), rotate(k, heads)
        x = x + plain(q, k, v, heads, mask) @ w["self_attn.out_proj.weight"].t()
        into = norm(x, w["norm2.weight"])
        x = x + (F.silu(into @ w["linear1.weight"].t()) * (into @ w["linear3.weight"].t())) @ w["linear2.weight"].t()
        return x * inside(p.get("lengths"), steps)

    return case(name, "gated", compute, inputs, p)


def signed(group):
    """Names this script in the file."""
    path = os.path.join(make_oracles.HERE, "data", group + ".json")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text.replace('"script": "make_oracles.py"', '"script": "make_attention_oracles.py"', 1))


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("attention", operations())
    write("transformers", (c for part in (multi_head(), transformers()) for c in part))
    for group in ("attention", "transformers"):
        signed(group)
