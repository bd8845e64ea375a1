"""State dictionaries of PyTorch's modules as files, and what the modules give: data/state_dicts/NAME.safetensors and data/state_dicts.json.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_state_dict_oracles.py        (as make_oracles.py, which says how the JSON file is laid out)

One case, or several, for every layer that names an equivalent in PyTorch and has weights; the case's op is the layer's name here. Weights and running statistics are drawn at random, all of them, so that none
can stand for another, and saved in single precision as state_dict() has them; the module then computes in double precision from those same numbers. What PyTorch 1.13 does not have (RMSNorm; the
CRF is of the package pytorch-crf) is a module of the same names, written out below.

A file of safetensors: the length of the header as 8 bytes, little-endian; the header, JSON from names to type, shape and place, padded with spaces to a multiple of 8; then the numbers.
"""
import json
import os
import struct

import torch

from make_loss_oracles import crf_losses
from make_oracles import HERE, Draw, write

FOLDER = os.path.join(HERE, "data", "state_dicts")


class RMSNorm(torch.nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.eps = eps
        self.weight = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight


class CRF(torch.nn.Module):
    def __init__(self, tags):
        super().__init__()
        self.start_transitions = torch.nn.Parameter(torch.empty(tags))
        self.end_transitions = torch.nn.Parameter(torch.empty(tags))
        self.transitions = torch.nn.Parameter(torch.empty(tags, tags))

    def forward(self, emissions, tags):
        kinds = emissions.shape[2]
        return crf_losses(emissions, self.transitions, self.start_transitions, self.end_transitions, tags, [emissions.shape[0]] * emissions.shape[1], torch.ones(kinds + 2, kinds, dtype=torch.bool))


def save(path, state):
    header, data = {}, b""
    for name, value in state.items():
        values = value.detach().contiguous()
        raw = values.numpy().tobytes()
        header[name] = {"dtype": {torch.float32: "F32", torch.int64: "I64"}[values.dtype], "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def channels_last(y):                                         # [B, C, T] -> [T, B, C]
    return y.permute(2, 0, 1)


def channels_first(x):                                        # [T, B, C] -> [B, C, T]
    return x.permute(1, 2, 0)


def cases():
    n = torch.nn
    last = lambda r: {"y": r[0], "h_n": r[1][0], "c_n": r[1][1]} if isinstance(r[1], tuple) else {"y": r[0], "h_n": r[1]}
    recurrent = lambda m, x: last(m(x))
    sequence = lambda m, x: channels_last(m(channels_first(x)))
    plain = lambda m, x: m(x)
    layer = dict(d_model=6, nhead=2, dim_feedforward=9, dropout=0.0)
    ids, tags = torch.tensor([3, 0, 6, 3]), torch.tensor([[0, 2], [1, 1], [2, 0]])
    yield "rnn", "Rnn", n.RNN(3, 4, 2), recurrent, {"x": (5, 2, 3)}
    yield "rnn_relu_reverse_too", "Rnn", n.RNN(3, 4, nonlinearity="relu", bidirectional=True), recurrent, {"x": (5, 2, 3)}
    yield "lstm", "Lstm", n.LSTM(3, 4, 2), recurrent, {"x": (5, 2, 3)}
    yield "lstm_both_ways", "Lstm", n.LSTM(3, 4, 2, bidirectional=True), recurrent, {"x": (5, 2, 3)}
    yield "lstm_projected", "Lstm", n.LSTM(3, 5, 2, proj_size=2), recurrent, {"x": (5, 2, 3)}
    yield "lstm_no_bias", "Lstm", n.LSTM(3, 4, bias=False), recurrent, {"x": (5, 2, 3)}
    yield "gru", "Gru", n.GRU(3, 4, 2), recurrent, {"x": (5, 2, 3)}
    yield "gru_both_ways", "Gru", n.GRU(3, 4, 2, bidirectional=True), recurrent, {"x": (5, 2, 3)}
    yield "rnn_cell", "RnnCell", n.RNNCell(3, 4), plain, {"x": (2, 3)}
    yield "lstm_cell", "LstmCell", n.LSTMCell(3, 4), lambda m, x: dict(zip(("y", "c_n"), m(x))), {"x": (2, 3)}
    yield "gru_cell", "GruCell", n.GRUCell(3, 4), plain, {"x": (2, 3)}
    yield "multi_head_attention", "MultiHeadAttention", n.MultiheadAttention(6, 2), lambda m, x: m(x, x, x)[0], {"x": (5, 2, 6)}
    yield "multi_head_attention_widths", "MultiHeadAttention", n.MultiheadAttention(6, 2, kdim=3, vdim=5), lambda m, x, key, value: m(x, key, value)[0], {"x": (5, 2, 6), "key": (4, 2, 3), "value": (4, 2, 5)}
    yield "encoder_layer", "TransformerEncoderLayer", n.TransformerEncoderLayer(**layer), plain, {"x": (5, 2, 6)}
    yield "decoder_layer", "TransformerDecoderLayer", n.TransformerDecoderLayer(**layer), causal, {"x": (5, 2, 6), "memory": (4, 2, 6)}
    yield "encoder", "TransformerEncoder", n.TransformerEncoder(n.TransformerEncoderLayer(**layer), 2, n.LayerNorm(6)), plain, {"x": (5, 2, 6)}
    yield "decoder", "TransformerDecoder", n.TransformerDecoder(n.TransformerDecoderLayer(**layer), 2, n.LayerNorm(6)), causal, {"x": (5, 2, 6), "memory": (4, 2, 6)}
    yield ("transformer", "Transformer", n.Transformer(6, 2, 1, 1, 9, 0.0), lambda m, x, memory: m(memory, x, tgt_mask=future(len(x))), {"x": (5, 2, 6), "memory": (4, 2, 6)})
    yield "conv1d", "Conv1d", n.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), sequence, {"x": (7, 2, 4)}
    yield "conv2d", "Conv2d", n.Conv2d(4, 6, (3, 2), padding=(1, 0), groups=2), plain, {"x": (2, 4, 5, 4)}
    yield "conv_transpose1d", "ConvTranspose1d", n.ConvTranspose1d(4, 6, 3, stride=2, groups=2), sequence, {"x": (5, 2, 4)}
    yield "conv_transpose2d", "ConvTranspose2d", n.ConvTranspose2d(4, 6, (3, 2), stride=2, groups=2), plain, {"x": (2, 4, 3, 4)}
    yield "batch_norm1d", "BatchNorm1d", n.BatchNorm1d(4).eval(), sequence, {"x": (5, 2, 4)}
    yield "batch_norm2d", "BatchNorm2d", n.BatchNorm2d(4).eval(), plain, {"x": (2, 4, 3, 3)}
    yield "group_norm", "GroupNorm", n.GroupNorm(2, 6), plain, {"x": (2, 6, 3, 3)}
    yield "layer_norm", "LayerNorm", n.LayerNorm(6), plain, {"x": (5, 2, 6)}
    yield "rms_norm", "RmsNorm", RMSNorm(6, 1e-5), plain, {"x": (5, 2, 6)}
    yield "adaptive_softmax", "AdaptiveLogSoftmax", n.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0, head_bias=True), lambda m, x: m.log_prob(x), {"x": (3, 8)}
    yield "embedding", "Embedding", n.Embedding(7, 4), lambda m: m(ids), {}, {"indices": ids.tolist()}
    yield "linear", "Linear", n.Linear(3, 5), plain, {"x": (2, 3)}
    yield "sequential", "Sequential", n.Sequential(n.Linear(3, 5), n.Tanh(), n.Sequential(n.Linear(5, 4), n.LayerNorm(4))), plain, {"x": (2, 3)}
    yield "crf", "LinearChainCrf", CRF(3), lambda m, x: m(x, tags.tolist()), {"x": (3, 2, 3)}, {"tags": tags.flatten().tolist()}


def future(steps):
    return torch.full((steps, steps), float("-inf"), dtype=torch.float64).triu(1)


def causal(module, x, memory):
    return module(x, memory, tgt_mask=future(len(x)))


def made():
    os.makedirs(FOLDER, exist_ok=True)
    for name, op, module, compute, shapes, *params in cases():
        d = Draw("state_dict_" + name)
        with torch.no_grad():
            for key, value in module.state_dict().items():
                if value.dtype == torch.int64:
                    value.fill_(7)
                elif key.endswith("running_var"):
                    value.copy_(d.uniform(*value.shape, low=0.3, high=2.0))
                else:
                    value.copy_(d.uniform(*value.shape))
        save(os.path.join(FOLDER, name + ".safetensors"), module.state_dict())
        inputs = {k: d.normal(*shape) for k, shape in shapes.items()}
        result = compute(module.double(), **inputs)
        outputs = result if isinstance(result, dict) else {"y": result}
        yield {"name": name, "op": op, "params": params[0] if params else {}, "inputs": inputs, "weights": {}, "outputs": outputs, "gradients": {}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    write("state_dicts", made(), "make_state_dict_oracles.py")
