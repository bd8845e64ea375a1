"""The reference cases of ONNX's operators RNN, GRU and LSTM, computed in double precision from the definitions in ONNX's Operators.md (opset 14), into data/onnx_recurrent.json.

    /usr/bin/python3 make_onnx_oracles.py        (numpy, and make_oracles.py for its file format)

First the published cases (onnx/backend/test/case/node/{rnn,gru,lstm}.py): inputs counted from 1, weights that are all one number. Those pass with gates in any order, so the second half
draws weights at random: each operator in each direction, with and without bias, initial state, lengths, peepholes, linear_before_reset.
A case's inputs are ONNX's: X [T, B, I] (layout 1: [B, T, I]), W [D, G H, I], R [D, G H, H], B [D, 2 G H], initial_h, initial_c [D, B, H], P [D, 3 H]; gates z r h (GRU), i o f c (LSTM),
peepholes i o f. Outputs: Y [T, D, B, H] (layout 1: [B, T, D, H]), Y_h, Y_c [D, B, H] (layout 1: [B, D, H]).
"""
import numpy
import torch

from make_oracles import Draw, write

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def one_direction(op, x, w, r, b, h, c, p, lengths, linear_before_reset):
    """x [T, B, I], the others without the axis of directions. A sequence that is over keeps its state; its output is zero."""
    steps, batch, _ = x.shape
    y = numpy.zeros((steps, batch, h.shape[-1]))
    wb, rb = numpy.split(b, 2)
    for t in range(steps):
        before_h, before_c = h, c
        if op == "RNN":                                            # Ht = f(Xt*(Wi^T) + Ht-1*(Ri^T) + Wbi + Rbi)
            h = numpy.tanh(x[t] @ w.T + h @ r.T + wb + rb)
        elif op == "GRU":
            wz, wr, wh = numpy.split(w, 3)
            rz, rr, rh = numpy.split(r, 3)
            bz, br, bh = numpy.split(wb, 3)
            sz, sr, sh = numpy.split(rb, 3)
            z = sigmoid(x[t] @ wz.T + h @ rz.T + bz + sz)
            reset = sigmoid(x[t] @ wr.T + h @ rr.T + br + sr)
            if linear_before_reset:                                # ht = g(Xt*(Wh^T) + (rt (.) (Ht-1*(Rh^T) + Rbh)) + Wbh)
                candidate = numpy.tanh(x[t] @ wh.T + reset * (h @ rh.T + sh) + bh)
            else:                                                  # ht = g(Xt*(Wh^T) + (rt (.) Ht-1)*(Rh^T) + Rbh + Wbh)
                candidate = numpy.tanh(x[t] @ wh.T + (reset * h) @ rh.T + sh + bh)
            h = (1 - z) * candidate + z * h
        else:
            i, o, f, g = numpy.split(x[t] @ w.T + h @ r.T + wb + rb, 4, axis=-1)
            pi, po, pf = numpy.split(p, 3)
            c = sigmoid(f + pf * before_c) * before_c + sigmoid(i + pi * before_c) * numpy.tanh(g)
            h = sigmoid(o + po * c) * numpy.tanh(c)
        going = (t < lengths)[:, None]
        y[t] = numpy.where(going, h, 0)
        h, c = numpy.where(going, h, before_h), numpy.where(going, c, before_c)
    return y, h, c


def reverse(x, lengths):
    """Each sequence turned round within its own length."""
    turned = numpy.zeros_like(x)
    for b, length in enumerate(lengths):
        turned[:length, b] = x[:length, b][::-1]
    return turned


def case(name, op, direction, inputs, layout=0, linear_before_reset=0, lengths=None):
    x = inputs["X"].numpy()
    x = x.swapaxes(0, 1) if layout else x
    steps, batch, _ = x.shape
    directions, _, hidden = inputs["R"].shape
    given = lambda key, shape: inputs[key].numpy() if key in inputs else numpy.zeros(shape)
    b, p = given("B", (directions, 2 * GATES[op] * hidden)), given("P", (directions, 3 * hidden))
    h, c = given("initial_h", (directions, batch, hidden)), given("initial_c", (directions, batch, hidden))
    ends = numpy.full(batch, steps) if lengths is None else numpy.array(lengths)
    ys, hs, cs = [], [], []
    for d in range(directions):
        back = direction == "reverse" or d == 1
        y, last, cell = one_direction(op, reverse(x, ends) if back else x, inputs["W"][d].numpy(), inputs["R"][d].numpy(), b[d], h[d], c[d], p[d], ends, linear_before_reset)
        ys.append(reverse(y, ends) if back else y)
        hs.append(last)
        cs.append(cell)
    y, y_h, y_c = numpy.stack(ys, 1), numpy.stack(hs), numpy.stack(cs)
    if layout:
        y, y_h, y_c = y.transpose(2, 0, 1, 3), y_h.transpose(1, 0, 2), y_c.transpose(1, 0, 2)
    outputs = {"Y": torch.tensor(numpy.ascontiguousarray(y)), "Y_h": torch.tensor(numpy.ascontiguousarray(y_h))}
    if op == "LSTM":
        outputs["Y_c"] = torch.tensor(numpy.ascontiguousarray(y_c))
    params = {"direction": direction, "layout": layout, "linear_before_reset": linear_before_reset, "lengths": lengths}
    return {"name": name, "op": op, "params": params, "inputs": inputs, "weights": {}, "outputs": outputs, "gradients": {}}


def single(x):
    return x.float().double()


def counted(*shape):
    return torch.arange(1, numpy.prod(shape) + 1, dtype=torch.float64).reshape(shape)


def published():
    def weights(op, directions, inputs, hidden, scale):
        g = GATES[op] * hidden
        return {"W": single(torch.full((directions, g, inputs), scale, dtype=torch.float64)), "R": single(torch.full((directions, g, hidden), scale, dtype=torch.float64))}

    def bias(op, hidden, value):
        half = torch.full((1, GATES[op] * hidden), value, dtype=torch.float64)
        return {"B": single(torch.cat([half, torch.zeros_like(half)], 1))}

    for op, hidden in [("RNN", 4), ("GRU", 5), ("LSTM", 3)]:
        yield case(f"{op}_defaults", op, "forward", {"X": counted(1, 3, 2), **weights(op, 1, 2, hidden, 0.1)})
        yield case(f"{op}_reverse", op, "reverse", {"X": counted(3, 1, 2), **weights(op, 1, 2, hidden, 0.1)})
        yield case(f"{op}_bidirectional", op, "bidirectional", {"X": counted(3, 1, 2), **weights(op, 2, 2, hidden, 0.1)})
    for op, hidden in [("RNN", 5), ("GRU", 3), ("LSTM", 4)]:
        yield case(f"{op}_with_initial_bias", op, "forward", {"X": counted(1, 3, 3), **weights(op, 1, 3, hidden, 0.1), **bias(op, hidden, 0.1)})
    for op, hidden, scale in [("RNN", 4, 0.5), ("GRU", 6, 0.2), ("LSTM", 7, 0.3)]:
        yield case(f"{op}_batchwise", op, "forward", {"X": counted(3, 1, 2), **weights(op, 1, 2, hidden, scale)}, layout=1)
    for op in ("RNN", "GRU"):
        d = Draw(f"{op}_seq_length")
        g = GATES[op] * 5
        yield case(f"{op}_seq_length", op, "forward", {"X": counted(2, 3, 3), "W": d.normal(1, g, 3), "R": d.normal(1, g, 5), "B": d.normal(1, 2 * g)})
    w = weights("LSTM", 1, 4, 3, 0.1)
    yield case("LSTM_with_peepholes", "LSTM", "forward", {
        "X": counted(1, 2, 4), **w, "B": torch.zeros(1, 24, dtype=torch.float64), "initial_h": torch.zeros(1, 2, 3, dtype=torch.float64), "initial_c": torch.zeros(1, 2, 3, dtype=torch.float64),
        "P": single(torch.full((1, 9), 0.1, dtype=torch.float64))}, lengths=[1, 1])


def drawn():
    steps, batch, features, hidden = 6, 4, 3, 5
    for op in GATES:
        for direction in ("forward", "reverse", "bidirectional"):
            for extras in (False, True):
                for lengths in (None, [6, 0, 3, 5]):
                    for option in {"RNN": [0], "GRU": [0, 1], "LSTM": [0, 1]}[op]:         # linear_before_reset; peepholes
                        name = f"{op}_random_{direction}{'_extras' if extras else ''}{'' if lengths is None else '_lengths'}{['', '_' + ('linear_before_reset' if op == 'GRU' else 'peepholes')][option]}"
                        d = Draw(name)
                        n, g = 2 if direction == "bidirectional" else 1, GATES[op] * hidden
                        inputs = {"X": d.normal(steps, batch, features), "W": d.normal(n, g, features, scale=0.6), "R": d.normal(n, g, hidden, scale=0.6)}
                        if extras:
                            inputs["B"] = d.normal(n, 2 * g, scale=0.5)
                            inputs["initial_h"] = d.normal(n, batch, hidden)
                            if op == "LSTM":
                                inputs["initial_c"] = d.normal(n, batch, hidden)
                        if op == "LSTM" and option:
                            inputs["P"] = d.normal(n, 3 * hidden)
                        yield case(name, op, direction, inputs, linear_before_reset=option if op == "GRU" else 0, lengths=lengths)


if __name__ == "__main__":
    cases = [*published(), *drawn()]
    # Figures printed in onnx/backend/test/case/node/rnn.py at commit 09a6a3ac: this script computes the operator that ONNX means.
    three = case("printed", "RNN", "forward", {"X": counted(3, 1, 2), "W": torch.full((1, 4, 2), 0.1, dtype=torch.float64), "R": torch.full((1, 4, 4), 0.1, dtype=torch.float64)})
    assert numpy.allclose(three["outputs"]["Y"][:, 0, 0, 0], [0.29131261, 0.67317414, 0.87852567], atol=1e-7), three["outputs"]["Y"]
    write("onnx_recurrent", cases)
