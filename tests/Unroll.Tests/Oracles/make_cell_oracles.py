"""Golden figures for the recurrent layers beyond the plain ones, from PyTorch in double precision, into data/cells.json.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_cell_oracles.py

Where PyTorch has the layer (proj_size, bidirectional, LSTMCell ...) it computes; variants that it has not are written out here, one small operation after the other, with lengths honoured by
keeping the old state and a zero output behind a sequence's end.
"""
import torch

from make_oracles import Draw, case, write

TIME, BATCH, INPUTS, HIDDEN = 6, 4, 3, 5
LENGTHS = [6, 2, 0, 5]


def packed(module, x, given, lengths):
    if lengths is None:
        return module(x, given)
    # pack_padded_sequence takes no empty sequence: those are left out and come back as zeros and their initial states.
    some = [b for b, n in enumerate(lengths) if n > 0]
    state = tuple(s[:, some] for s in given) if isinstance(given, tuple) else given[:, some]
    y, last = module(torch.nn.utils.rnn.pack_padded_sequence(x[:, some], torch.tensor([lengths[b] for b in some]), enforce_sorted=False), state)
    y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=x.shape[0])
    back = lambda part, whole: whole.index_copy(1, torch.tensor(some), part)
    zeros = torch.zeros(x.shape[0], x.shape[1], y.shape[2], dtype=x.dtype)
    return back(y, zeros), tuple(back(l, g) for l, g in zip(last, given)) if isinstance(given, tuple) else back(last, given)


def modules():
    kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    for cell, layers, bidirectional, projection in [("rnn", 2, True, 0), ("lstm", 1, True, 0), ("lstm", 2, True, 0), ("gru", 2, True, 0),
                                                     ("lstm", 1, False, 3), ("lstm", 2, False, 3), ("lstm", 2, True, 2)]:
        for lengths in (None, LENGTHS):
            name = f"{cell}_{layers}{'_bidirectional' if bidirectional else ''}{f'_projection_{projection}' if projection else ''}{'_lengths' if lengths else ''}"
            d = Draw(name)
            options = {"proj_size": projection} if projection else {}
            module = kinds[cell](INPUTS, HIDDEN, num_layers=layers, bidirectional=bidirectional, **options).double()
            inputs = {"x": d.normal(TIME, BATCH, INPUTS)}
            for key, value in module.named_parameters():
                inputs[key] = d.uniform(*value.shape, low=-0.7, high=0.7)
            count = layers * (2 if bidirectional else 1)
            inputs["h_0"] = d.normal(count, BATCH, projection or HIDDEN)
            if cell == "lstm":
                inputs["c_0"] = d.normal(count, BATCH, HIDDEN)

            def compute(x, h_0, c_0=None, module=module, lengths=lengths, cell=cell, **parameters):
                module._flat_weights = [parameters[key] for key in module._flat_weights_names]
                y, last = packed(module, x, (h_0, c_0) if cell == "lstm" else h_0, lengths)
                return {"y": y, "h_n": last[0], "c_n": last[1]} if cell == "lstm" else {"y": y, "h_n": last}

            yield case(name, cell, compute, inputs, {"inputs": INPUTS, "hidden": HIDDEN, "layers": layers, "bidirectional": bidirectional, "projection": projection, "lengths": lengths})


def cells():
    for cell, kind in [("rnn", lambda: torch.nn.RNNCell(INPUTS, HIDDEN)), ("relu", lambda: torch.nn.RNNCell(INPUTS, HIDDEN, nonlinearity="relu")),
                       ("lstm", lambda: torch.nn.LSTMCell(INPUTS, HIDDEN)), ("gru", lambda: torch.nn.GRUCell(INPUTS, HIDDEN))]:
        name = f"{cell}_cell"
        d = Draw(name)
        module = kind().double()
        inputs = {"x": d.normal(BATCH, INPUTS)}
        for key, value in module.named_parameters():
            inputs[key] = d.uniform(*value.shape, low=-0.7, high=0.7)
        inputs["h_0"] = d.normal(BATCH, HIDDEN)
        if cell == "lstm":
            inputs["c_0"] = d.normal(BATCH, HIDDEN)

        def compute(x, h_0, c_0=None, module=module, cell=cell, **parameters):
            for key, value in parameters.items():
                delattr(module, key)
                setattr(module, key, value)                                                # a plain tensor in the parameter's place
            last = module(x, (h_0, c_0) if cell == "lstm" else h_0)
            return {"h_n": last[0], "c_n": last[1]} if cell == "lstm" else {"h_n": last}

        yield case(name, cell + "_cell", compute, inputs, {"inputs": INPUTS, "hidden": HIDDEN})


# ---------------------------------------------------------------- written out

def over_time(step, x, state, lengths):
    """step(x_t, state) -> state; the first of the state is the output."""
    outputs = []
    for t in range(x.shape[0]):
        after = step(x[t], state)
        if lengths is not None:
            going = (t < torch.tensor(lengths))[:, None]
            outputs.append(torch.where(going, after[0], torch.zeros_like(after[0])))
            after = [torch.where(going, new, old) for new, old in zip(after, state)]
        else:
            outputs.append(after[0])
        state = after
    return torch.stack(outputs), state


def normalised(x):
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, unbiased=False, keepdim=True) + 1e-5)


def lstm_step(w, coupled, zoneout=0.0, cell_zoneout=0.0):
    def step(x, state):
        h, c = state
        a, b = x @ w["weight_ih_l0"].T, h @ w["weight_hh_l0"].T
        if "norm_ih_l0" in w:
            a, b = normalised(a) * w["norm_ih_l0"], normalised(b) * w["norm_hh_l0"]
        gates = list((a + b + w["bias_ih_l0"] + w["bias_hh_l0"]).chunk(3 if coupled else 4, -1))
        peep = list(w["weight_ch_l0"].chunk(2 if coupled else 3)) if "weight_ch_l0" in w else None
        i = torch.sigmoid(gates[0] + (peep[0] * c if peep else 0))
        f = 1 - i if coupled else torch.sigmoid(gates[1] + (peep[1] * c if peep else 0))
        now = f * c + i * torch.tanh(gates[-2])
        o = torch.sigmoid(gates[-1] + (peep[-1] * now if peep else 0))
        y = o * torch.tanh(normalised(now) * w["norm_c_l0"] + w["norm_c_bias_l0"] if "norm_c_l0" in w else now)
        if "weight_hr_l0" in w:
            y = y @ w["weight_hr_l0"].T
        return [zoneout * h + (1 - zoneout) * y, cell_zoneout * c + (1 - cell_zoneout) * now]
    return step


def written():
    def make(name, op, shapes, step, params, lengths, state=HIDDEN, cell=None):
        d = Draw(name)
        inputs = {"x": d.normal(TIME, BATCH, INPUTS)}
        for key, shape in shapes.items():
            inputs[key] = d.uniform(*shape, low=-0.7, high=0.7)
        inputs["h_0"] = d.normal(1, BATCH, state)
        if cell:
            inputs["c_0"] = d.normal(1, BATCH, cell)

        def compute(x, h_0, c_0=None, **w):
            y, last = over_time(step(w), x, [h_0[0]] + ([] if c_0 is None else [c_0[0]]), lengths)
            return {"y": y, "h_n": last[0][None], **({} if c_0 is None else {"c_n": last[1][None]})}

        return case(name, op, compute, inputs, {"inputs": INPUTS, "hidden": HIDDEN, "layers": 1, "lengths": lengths, **params})

    for lengths in (None, LENGTHS):
        tail = "" if lengths is None else "_lengths"
        for label, peepholes, projection, norm, coupled in [("peepholes", True, 0, False, False), ("layer_norm", False, 0, True, False), ("coupled", False, 0, False, True),
                                                            ("coupled_peepholes", True, 0, False, True), ("projected_peepholes", True, 3, False, False), ("all", True, 3, True, True)]:
            g, p = (3 if coupled else 4) * HIDDEN, projection or HIDDEN
            shapes = {"weight_ih_l0": (g, INPUTS), "weight_hh_l0": (g, p), "bias_ih_l0": (g,), "bias_hh_l0": (g,)}
            if projection:
                shapes["weight_hr_l0"] = (p, HIDDEN)
            if peepholes:
                shapes["weight_ch_l0"] = (g - HIDDEN,)
            if norm:
                shapes.update({"norm_ih_l0": (g,), "norm_hh_l0": (g,), "norm_c_l0": (HIDDEN,), "norm_c_bias_l0": (HIDDEN,)})
            yield make(f"lstm_{label}{tail}", "lstm", shapes, lambda w, k=coupled: lstm_step(w, k), {"peepholes": peepholes, "projection": projection, "layer_norm": norm, "coupled": coupled},
                       lengths, p, HIDDEN)
        plain = {"weight_ih_l0": (4 * HIDDEN, INPUTS), "weight_hh_l0": (4 * HIDDEN, HIDDEN), "bias_ih_l0": (4 * HIDDEN,), "bias_hh_l0": (4 * HIDDEN,)}
        yield make(f"lstm_zoneout{tail}", "lstm", plain, lambda w: lstm_step(w, False, 0.25, 0.5), {"zoneout": 0.25, "cell_zoneout": 0.5}, lengths, HIDDEN, HIDDEN)

        def gru(w):
            def step(x, state):
                h, = state
                r, z, n = (x @ w["weight_ih_l0"].T + w["bias_ih_l0"]).chunk(3, -1)
                wr, wz, wn = w["weight_hh_l0"].chunk(3)
                br, bz, bn = w["bias_hh_l0"].chunk(3)
                r, z = torch.sigmoid(r + h @ wr.T + br), torch.sigmoid(z + h @ wz.T + bz)
                n = torch.tanh(n + (r * h) @ wn.T + bn)
                return [(1 - z) * n + z * h]
            return step
        yield make(f"gru_reset_before{tail}", "gru", {"weight_ih_l0": (3 * HIDDEN, INPUTS), "weight_hh_l0": (3 * HIDDEN, HIDDEN), "bias_ih_l0": (3 * HIDDEN,), "bias_hh_l0": (3 * HIDDEN,)}, gru,
                   {"reset_after": False}, lengths)

        def elman(w):
            return lambda x, s: [torch.nn.functional.softplus(x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + s[0] @ w["weight_hh_l0"].T + w["bias_hh_l0"])]
        yield make(f"rnn_softplus{tail}", "rnn", {"weight_ih_l0": (HIDDEN, INPUTS), "weight_hh_l0": (HIDDEN, HIDDEN), "bias_ih_l0": (HIDDEN,), "bias_hh_l0": (HIDDEN,)}, elman,
                   {"activation": "softplus"}, lengths)

        for label, f in [("relu", torch.relu), ("tanh", torch.tanh)]:
            yield make(f"indrnn_{label}{tail}", "indrnn", {"weight_ih_l0": (HIDDEN, INPUTS), "weight_hh_l0": (HIDDEN,), "bias_ih_l0": (HIDDEN,)},
                       lambda w, f=f: lambda x, s: [f(x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + w["weight_hh_l0"] * s[0])], {"activation": label}, lengths)

        def jordan(w):
            return lambda x, s: [torch.tanh(torch.tanh(x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + s[0] @ w["weight_hh_l0"].T) @ w["weight_ho_l0"].T + w["bias_ho_l0"])]
        yield make(f"jordan{tail}", "jordan", {"weight_ih_l0": (HIDDEN, INPUTS), "weight_hh_l0": (HIDDEN, 2), "bias_ih_l0": (HIDDEN,), "weight_ho_l0": (2, HIDDEN), "bias_ho_l0": (2,)}, jordan,
                   {"outputs": 2}, lengths, 2)


def penalties():
    for lengths in (None, LENGTHS):
        tail = "" if lengths is None else "_lengths"
        inside = torch.ones(TIME, BATCH, 1, dtype=torch.float64) if lengths is None else (torch.arange(TIME)[:, None] < torch.tensor(lengths)).double()[:, :, None]
        x = {"x": Draw(f"penalty{tail}").normal(TIME, BATCH, HIDDEN)}
        yield case(f"activation{tail}", "activation", lambda x, m=inside: (x * m).square().sum() / (m.sum() * HIDDEN), x, {"lengths": lengths})
        yield case(f"temporal_activation{tail}", "temporal_activation", lambda x, m=inside: ((x[1:] - x[:-1]) * m[1:]).square().sum() / (m[1:].sum() * HIDDEN), x, {"lengths": lengths})


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("cells", [*modules(), *cells(), *written(), *penalties()])
