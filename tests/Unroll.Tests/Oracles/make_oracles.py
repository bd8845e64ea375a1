"""Golden figures from PyTorch in double precision, one JSON file a group, under data/ beside this script.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_oracles.py        (Debian: python3-torch, libopenblas0-pthread)

Every input is drawn at random, rounded to float32 (so that the engine starts from the very same number) and then used as float64.
L = sum(weight * output) over all outputs, with random weights, so that every gradient counts and a swapped gate shows.
A file is {script, torch, group, cases}; a case is
    name, op    what it is called, and what computes it
    params      sizes, axes, indices, options: plain JSON
    inputs      tensors, written as the shortest text that reads back as the same float32
    weights     the weight of each output in L, likewise
    outputs     tensors, float64
    gradients   dL/d(input), float64, for the inputs that have one
A tensor is {"shape": [...], "data": [...]}, row-major.
"""
import json
import os
import zlib

import numpy
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


class Draw:
    """Random float32 numbers held as float64. The seed comes from the case's name, so that a new case leaves the others as they are."""

    def __init__(self, name):
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0, shift=0.0):
        return (torch.randn(shape, generator=self.generator, dtype=torch.float64) * scale + shift).float().double()

    def uniform(self, *shape, low=-1.0, high=1.0):
        return (torch.rand(shape, generator=self.generator, dtype=torch.float64) * (high - low) + low).float().double()

    def mask(self, *shape, share=0.7):
        return (torch.rand(shape, generator=self.generator) < share).double()

    def integers(self, *shape, low, high):
        return torch.randint(low, high, shape, generator=self.generator)


def case(name, op, compute, inputs, params=None, fixed=(), draw=None):
    """Runs compute(**inputs), weighs its outputs, goes backward. `fixed` names the inputs without a gradient (targets, masks)."""
    draw = draw or Draw(name + "/weights")
    leaves = {k: v.clone().requires_grad_(k not in fixed) for k, v in inputs.items()}
    result = compute(**leaves)
    outputs = result if isinstance(result, dict) else {"y": result}
    weights = {k: draw.normal(*v.shape) for k, v in outputs.items()}
    sum((weights[k] * outputs[k]).sum() for k in outputs).backward()
    for k, v in leaves.items():
        assert k in fixed or torch.isfinite(v.grad).all(), (name, k)
    return {
        "name": name, "op": op, "params": params or {}, "inputs": leaves, "weights": weights, "outputs": outputs,
        "gradients": {k: v.grad for k, v in leaves.items() if k not in fixed},
    }


# ---------------------------------------------------------------- operations

def elementwise():
    pairs = [("same", (4, 17), (4, 17)), ("row", (4, 17), (17,)), ("row2d", (4, 17), (1, 17)), ("column", (4, 17), (4, 1)),
             ("scalar", (4, 17), (1,)), ("batch", (3, 4, 5), (4, 5)), ("outer", (4, 1), (1, 5)), ("left_row", (17,), (4, 17))]
    binary = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
    for op, f in binary.items():
        for label, a, b in pairs:
            d = Draw(f"{op}_{label}")
            right = d.normal(*b)
            if op == "div":
                right = (right.sign() * (right.abs() + 0.25)).float().double()
            yield case(f"{op}_{label}", op, lambda a, b, f=f: f(a, b), {"a": d.normal(*a), "b": right})
    positive = lambda d, *s: (d.normal(*s).abs() + 0.1).float().double()
    anything = lambda d, *s: d.normal(*s, scale=2)
    wide = lambda d, *s: d.uniform(*s, low=-30, high=30)
    unary = {
        "neg": (torch.neg, [anything]), "exp": (torch.exp, [anything]), "log": (torch.log, [positive]),
        "log1p": (torch.log1p, [lambda d, *s: d.uniform(*s, low=-0.9, high=4)]), "sqrt": (torch.sqrt, [positive]),
        "abs": (torch.abs, [anything]), "square": (torch.square, [anything]), "tanh": (torch.tanh, [anything, wide]),
        "sigmoid": (torch.sigmoid, [anything, wide]), "softplus": (F.softplus, [anything, wide]), "relu": (F.relu, [anything]),
    }
    for op, (f, domains) in unary.items():
        for domain, label in zip(domains, ["", "_wide"]):
            for shape in [(3, 5), (1,), (33,), (2, 3, 4)]:
                name = f"{op}{label}_{'x'.join(map(str, shape))}"
                yield case(name, op, lambda x, f=f: f(x), {"x": domain(Draw(name), *shape)})
    for op, f in {"relu": F.relu, "abs": torch.abs}.items():                                            # the kink: both have slope 0 there
        yield case(f"{op}_at_zero", op, lambda x, f=f: f(x), {"x": torch.tensor([-1.5, 0.0, 2.0], dtype=torch.float64)})
    for low, high in [(-0.5, 0.75), (0.0, 1.0), (-10.0, 10.0)]:
        name = f"clamp_{low}_{high}"
        yield case(name, "clamp", lambda x, l=low, h=high: torch.clamp(x, l, h), {"x": Draw(name).normal(4, 17)}, {"low": low, "high": high})
    d = Draw("where")
    mask = d.mask(4, 17, share=0.5)
    yield case("where", "where", lambda a, b, m=mask: torch.where(m.bool(), a, b), {"a": d.normal(4, 17), "b": d.normal(4, 17)},
               {"mask": mask.int().flatten().tolist()})


def products():
    for a, b in [((5, 7), (7, 6)), ((17, 33), (33, 16)), ((1, 1), (1, 1)), ((1, 33), (33, 15)), ((16, 1), (1, 17)), ((3, 4, 5), (5, 6)), ((2, 3, 17), (17, 15))]:
        name = f"matmul_{'x'.join(map(str, a))}_by_{'x'.join(map(str, b))}"
        d = Draw(name)
        yield case(name, "matmul", lambda a, b: torch.matmul(a, b), {"a": d.normal(*a), "b": d.normal(*b)})
    for x, outputs in [((4, 5), 6), ((17, 33), 15), ((2, 3, 17), 16), ((1, 1), 1)]:
        name = f"linear_{'x'.join(map(str, x))}_to_{outputs}"
        d = Draw(name)
        inputs = {"x": d.normal(*x), "weight": d.normal(outputs, x[-1]), "bias": d.normal(outputs)}
        yield case(name, "linear", lambda x, weight, bias: F.linear(x, weight, bias), inputs)
        del inputs["bias"]
        yield case(name + "_no_bias", "linear", lambda x, weight: F.linear(x, weight), inputs)


def reductions():
    shapes = [(4, 17), (3, 4, 5)]
    for op, f in {"sum": torch.sum, "mean": torch.mean}.items():
        for shape in shapes + [(33,)]:
            name = f"{op}_all_{'x'.join(map(str, shape))}"
            yield case(name, op, lambda x, f=f: f(x), {"x": Draw(name).normal(*shape)})
    for op, f in {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}.items():
        for shape in shapes:
            for axis in range(len(shape)):
                for keep in (False, True)[:1 + axis % 2]:
                    name = f"{op}_axis{axis}{'_keep' if keep else ''}_{'x'.join(map(str, shape))}"
                    yield case(name, op, lambda x, f=f, a=axis, k=keep: f(x, dim=a, keepdim=k), {"x": Draw(name).normal(*shape)}, {"axis": axis, "keep": keep})
    for op, f in {"softmax": F.softmax, "log_softmax": F.log_softmax}.items():
        for shape, scale in [((4, 17), 1), ((3, 4, 5), 1), ((5, 33), 30), ((2, 1), 1)]:
            name = f"{op}_{'x'.join(map(str, shape))}_scale{scale}"
            yield case(name, op, lambda x, f=f: f(x, dim=-1), {"x": Draw(name).normal(*shape, scale=scale)})


def shaping():
    for shapes, axis in [([(2, 5), (3, 5), (1, 5)], 0), ([(4, 2), (4, 17), (4, 1)], 1), ([(2, 3, 4), (1, 3, 4)], 0), ([(2, 3, 4), (2, 1, 4)], 1), ([(2, 3, 4), (2, 3, 5)], 2)]:
        name = f"concat_axis{axis}_{len(shapes[0])}d"
        d = Draw(name)
        yield case(name, "concat", lambda axis=axis, **t: torch.cat(list(t.values()), axis), {f"x{i}": d.normal(*s) for i, s in enumerate(shapes)}, {"axis": axis})
    for axis in (0, 1, 2):
        name = f"stack_axis{axis}"
        d = Draw(name)
        yield case(name, "stack", lambda axis=axis, **t: torch.stack(list(t.values()), axis), {f"x{i}": d.normal(4, 5) for i in range(3)}, {"axis": axis})
    for shape, axis, start, length in [((6, 5), 0, 2, 3), ((4, 17), 1, 1, 15), ((3, 4, 5), 0, 0, 1), ((3, 4, 5), 1, 1, 2), ((3, 4, 5), 2, 3, 2)]:
        name = f"slice_axis{axis}_{'x'.join(map(str, shape))}"
        yield case(name, "slice", lambda x, a=axis, s=start, n=length: torch.narrow(x, a, s, n), {"x": Draw(name).normal(*shape)},
                   {"axis": axis, "start": start, "length": length})
    for shape, to in [((4, 6), (3, 8)), ((2, 3, 4), (6, 4)), ((24,), (2, 3, 4))]:
        name = f"reshape_{'x'.join(map(str, shape))}_to_{'x'.join(map(str, to))}"
        yield case(name, "reshape", lambda x, to=to: x.reshape(to), {"x": Draw(name).normal(*shape)}, {"shape": list(to)})
    for shape, a, b in [((4, 17), 0, 1), ((3, 4, 5), 0, 1), ((3, 4, 5), 1, 2), ((3, 4, 5), 0, 2)]:
        name = f"transpose_{a}_{b}_{'x'.join(map(str, shape))}"
        yield case(name, "transpose", lambda x, a=a, b=b: x.transpose(a, b), {"x": Draw(name).normal(*shape)}, {"axis0": a, "axis1": b})
    indices = torch.tensor([[3, 0, 3], [10, 3, 0]])
    for padding in (None, 3):
        name = "embedding" + ("" if padding is None else "_padding")
        yield case(name, "embedding", lambda weight, p=padding: F.embedding(indices, weight, padding_idx=p), {"weight": Draw(name).normal(11, 5)},
                   {"indices": indices.flatten().tolist(), "shape": list(indices.shape), "padding": padding})


# ---------------------------------------------------------------- recurrent layers

def recurrent(cell):
    """cell: rnn_tanh, rnn_relu, lstm, gru. Sequences are [time, batch, features]; the state is [layers, batch, hidden]."""
    varied = [None, [7, 1, 4, 6]]
    for layers in (1, 2):
        for state in (False, True):
            for lengths in varied + [[3, 5, 1, 2]] if state else varied:             # the last one: no sequence fills the batch
                yield recurrent_case(cell, "small", 7, 4, 5, 6, layers, state, lengths)
        yield recurrent_case(cell, "one_unit", 7, 4, 5, 1, layers, True, [4, 7, 1, 6])
    yield recurrent_case(cell, "one_step", 1, 4, 5, 6, 2, True, None)
    yield recurrent_case(cell, "one_sequence", 7, 1, 5, 6, 2, True, None)
    yield recurrent_case(cell, "large", 7, 4, 17, 33, 2 if cell.startswith("rnn") else 1, True, [4, 7, 1, 6])      # one layer of the gated ones: the file stays small
    yield recurrent_case(cell, "one_of_all", 1, 1, 1, 1, 1, True, None)


def recurrent_case(cell, label, time, batch, features, hidden, layers, state, lengths):
    kind = {"rnn_tanh": torch.nn.RNN, "rnn_relu": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    options = {"nonlinearity": cell[4:]} if cell.startswith("rnn") else {}
    name = f"{cell}_{label}_{layers}_layers{'_state' if state else ''}{'' if lengths is None else '_lengths_' + '_'.join(map(str, lengths))}"
    d = Draw(name)
    module = kind(features, hidden, num_layers=layers, **options).double()
    inputs = {"x": d.normal(time, batch, features)}
    for key, value in module.named_parameters():
        inputs[key] = d.uniform(*value.shape, low=-1.2 / hidden ** 0.5, high=1.2 / hidden ** 0.5)
    if state:
        inputs["h_0"] = d.normal(layers, batch, hidden)
        if cell == "lstm":
            inputs["c_0"] = d.normal(layers, batch, hidden)

    def compute(x, h_0=None, c_0=None, **parameters):
        given = None if h_0 is None else (h_0, c_0) if cell == "lstm" else h_0
        if lengths is not None:
            x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        module._flat_weights = [parameters[key] for key in module._flat_weights_names]          # the layer computes with our leaves, so that they get the gradients
        y, last = module(x, given)
        if lengths is not None:
            y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=time)
        return {"y": y, "h_n": last[0], "c_n": last[1]} if cell == "lstm" else {"y": y, "h_n": last}

    params = {"time": time, "batch": batch, "inputs": features, "hidden": hidden, "layers": layers, "lengths": lengths}
    return case(name, cell, compute, inputs, params)


# ---------------------------------------------------------------- losses

def losses():
    def masked_mean(values, mask):
        return values.mean() if mask is None else (values * mask).sum() / mask.sum()

    def both(name, op, each, inputs, params=None):
        """The plain mean of each(...), and the mean over the elements whose mask is 1. The target never has a gradient."""
        shape = inputs["target"].shape
        for label, mask in [("", None), ("_masked", Draw(name + "/mask").mask(*shape))]:
            extra = {} if mask is None else {"mask": mask.int().flatten().tolist()}
            yield case(name + label, op, lambda mask=mask, **t: masked_mean(each(**t), mask), inputs, {**(params or {}), **extra}, fixed=("target",))

    for shape in [(4, 17), (7, 4, 3), (1, 1)]:
        label = "x".join(map(str, shape))
        d = Draw(f"losses_{label}")
        near = {"prediction": d.normal(*shape), "target": d.normal(*shape)}
        if shape == (1, 1):                      # a mask of one random element may be empty: the mean over nothing is not compared here
            yield case("mse_1x1", "mse", lambda prediction, target: (prediction - target).square().mean(), near, fixed=("target",))
            continue
        yield from both(f"mse_{label}", "mse", lambda prediction, target: (prediction - target).square(), near)
        yield from both(f"mae_{label}", "mae", lambda prediction, target: (prediction - target).abs(), near)
        for delta in (1.0, 0.3):
            yield from both(f"huber_{delta}_{label}", "huber", lambda prediction, target, k=delta: F.huber_loss(prediction, target, reduction="none", delta=k), near, {"delta": delta})
        yield from both(f"gaussian_{label}", "gaussian", lambda mean, sigma, target: -torch.distributions.Normal(mean, sigma).log_prob(target),
                        {"mean": d.normal(*shape), "sigma": d.uniform(*shape, low=0.2, high=3), "target": d.normal(*shape, scale=2)})
        yield from both(f"student_t_{label}", "student_t", lambda df, loc, scale, target: -torch.distributions.StudentT(df, loc, scale).log_prob(target),
                        {"df": d.uniform(*shape, low=2.1, high=30), "loc": d.normal(*shape), "scale": d.uniform(*shape, low=0.2, high=3), "target": d.normal(*shape, scale=3)})

        def negative_binomial(mean, alpha, target):
            # mean mu and shape alpha, variance mu + alpha mu^2 (Salinas et al. 2017, eq. for the likelihood of counts): 1/alpha failures, odds alpha mu
            return -torch.distributions.NegativeBinomial(total_count=1 / alpha, logits=torch.log(alpha * mean)).log_prob(target)
        for counts, high in [("small", 6), ("large", 4000)]:
            target = d.integers(*shape, low=0, high=high).double()
            yield from both(f"negative_binomial_{counts}_{label}", "negative_binomial", negative_binomial,
                            {"mean": d.uniform(*shape, low=0.2 * high ** 0.5, high=float(high)), "alpha": d.uniform(*shape, low=0.05, high=2), "target": target})
        quantiles = [0.1, 0.5, 0.9, 0.975]

        def pinball(prediction, target):         # prediction [..., quantiles], target [...]: the mean runs over elements and quantiles
            q = torch.tensor(quantiles, dtype=torch.float64)
            error = target.unsqueeze(-1) - prediction
            return torch.maximum(q * error, (q - 1) * error).mean(-1)
        yield from both(f"quantile_{label}", "quantile", pinball, {"prediction": d.normal(*shape, len(quantiles)), "target": d.normal(*shape)}, {"quantiles": quantiles})
    for rows, classes in [(12, 5), (17, 33), (1, 2)]:
        d = Draw(f"cross_entropy_{rows}x{classes}")
        logits, target = d.normal(rows, classes, scale=3), d.integers(rows, low=0, high=classes)
        yield case(f"cross_entropy_{rows}x{classes}", "cross_entropy", lambda logits, t=target: F.cross_entropy(logits, t), {"logits": logits}, {"target": target.tolist(), "ignore": None})
        if rows > 1:
            ignore = int(target[0])
            yield case(f"cross_entropy_ignore_{rows}x{classes}", "cross_entropy", lambda logits, t=target, i=ignore: F.cross_entropy(logits, t, ignore_index=i),
                       {"logits": logits}, {"target": target.tolist(), "ignore": ignore})


# ---------------------------------------------------------------- optimisers and schedules: no gradients to check, so cases are written by hand

def optimisers():
    steps, shown = 24, (0, 1, 4, 9, 16, 23)
    d = Draw("optimisers")
    start = {"weight": d.normal(3, 4), "bias": d.normal(5), "tiny": d.normal(3), "wide": d.normal(37)}
    gradients = []
    for step in range(steps):
        fade = 0.8 ** step
        g = {"weight": d.normal(3, 4, scale=fade, shift=0.3 * fade), "bias": d.normal(5, scale=fade, shift=-0.2), "tiny": d.normal(3, scale=1e-7),   # tiny: shows where epsilon stands
             "wide": d.normal(37, scale=fade)}                                                                                                      # wide: whole registers and a tail
        g["bias"][2] = 0                                                                                                                            # one number that no gradient reaches
        gradients.append(g)
    settings = [
        ("sgd", "sgd", torch.optim.SGD, dict(lr=0.1)),
        ("sgd_decay", "sgd", torch.optim.SGD, dict(lr=0.1, weight_decay=0.05)),
        ("sgd_momentum", "sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
        ("sgd_momentum_decay", "sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.05)),
        ("sgd_nesterov", "sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True)),
        ("sgd_nesterov_decay", "sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05)),
        ("rmsprop", "rmsprop", torch.optim.RMSprop, dict(lr=0.01, alpha=0.99, eps=1e-8)),
        ("rmsprop_momentum", "rmsprop", torch.optim.RMSprop, dict(lr=0.01, alpha=0.99, eps=1e-8, momentum=0.9)),
        ("rmsprop_alpha", "rmsprop", torch.optim.RMSprop, dict(lr=0.01, alpha=0.9, eps=1e-8)),
        ("adam", "adam", torch.optim.Adam, dict(lr=0.001, betas=(0.9, 0.999), eps=1e-8)),
        ("adam_decay", "adam", torch.optim.Adam, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05)),
        ("adam_betas", "adam", torch.optim.Adam, dict(lr=0.01, betas=(0.8, 0.95), eps=1e-6)),
        ("adamw", "adamw", torch.optim.AdamW, dict(lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)),
        ("adamw_strong", "adamw", torch.optim.AdamW, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.3)),
        # decay spares the bias; the rate falls by a factor after every step
        ("sgd_momentum_spared_falling", "sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.05, spared="bias", fall=0.9)),
        ("rmsprop_momentum_decay_spared_falling", "rmsprop", torch.optim.RMSprop, dict(lr=0.01, alpha=0.99, eps=1e-8, momentum=0.9, weight_decay=0.05, spared="bias", fall=0.9)),
        ("adam_spared_falling", "adam", torch.optim.Adam, dict(lr=0.02, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05, spared="bias", fall=0.9)),
        ("adamw_spared_falling", "adamw", torch.optim.AdamW, dict(lr=0.02, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.3, spared="bias", fall=0.9)),
    ]
    inputs = {**start, **{f"{k}_gradient_{i}": g[k] for i, g in enumerate(gradients) for k in start}}
    shared = {"name": "gradients", "op": "shared", "params": {"steps": steps}, "inputs": inputs, "weights": {}, "outputs": {}, "gradients": {}}
    yield shared                                                                  # the start and the gradients fed, common to all the cases below
    for name, op, kind, options in settings:
        parameters = {k: v.clone().requires_grad_(True) for k, v in start.items()}
        flat = {**options}
        spared, fall = options.pop("spared", None), options.pop("fall", 1.0)
        groups = [{"params": [p for k, p in parameters.items() if k != spared]}]
        if spared:
            groups.append({"params": [parameters[spared]], "weight_decay": 0})
        optimiser = kind(groups, **options)
        outputs = {}
        for i, g in enumerate(gradients):
            for k, p in parameters.items():
                p.grad = g[k].clone()
            optimiser.step()
            for group in optimiser.param_groups:
                group["lr"] *= fall
            if i in shown:
                outputs.update({f"{k}_{i}": p.detach().clone() for k, p in parameters.items()})
        if "betas" in flat:
            flat["beta1"], flat["beta2"] = flat.pop("betas")
        yield {"name": name, "op": op, "params": flat, "inputs": {}, "weights": {}, "outputs": outputs, "gradients": {}}
    for name, op, limit in [("clip_norm_hit", "clip_norm", 1.0), ("clip_norm_spared", "clip_norm", 100.0), ("clip_value_hit", "clip_value", 0.5), ("clip_value_spared", "clip_value", 50.0)]:
        d = Draw(name)
        before = {"a": d.normal(3, 4), "b": d.normal(33), "c": d.normal(1)}
        parameters = []
        for v in before.values():
            p = torch.zeros_like(v).requires_grad_(True)
            p.grad = v.clone()
            parameters.append(p)
        outputs = {}
        if op == "clip_norm":
            outputs["norm"] = torch.nn.utils.clip_grad_norm_(parameters, limit)
        else:
            torch.nn.utils.clip_grad_value_(parameters, limit)
        outputs.update({k: p.grad for k, p in zip(before, parameters)})
        yield {"name": name, "op": op, "params": {"limit": limit}, "inputs": before, "weights": {}, "outputs": outputs, "gradients": {}}


def schedules():
    scheduler = torch.optim.lr_scheduler

    def run(name, op, build, steps, params, lr=0.1, losses=None):
        """rates[i] is the learning rate in force for step i; with losses, loss i is reported after step i."""
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
        schedule = build(optimiser)
        rates = []
        for i in range(steps):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step(*([] if losses is None else [losses[i]]))
        rates.append(optimiser.param_groups[0]["lr"])
        extra = {} if losses is None else {"losses": losses}
        return {"name": name, "op": op, "params": {"lr": lr, **params, **extra}, "inputs": {}, "weights": {}, "outputs": {"rates": torch.tensor(rates, dtype=torch.float64)}, "gradients": {}}

    for size, gamma in [(3, 0.5), (1, 0.9), (7, 0.1)]:
        yield run(f"step_{size}_{gamma}", "step", lambda o, s=size, g=gamma: scheduler.StepLR(o, s, g), 20, {"size": size, "gamma": gamma})
    for total, low in [(20, 0.0), (12, 0.01), (1, 0.0)]:
        yield run(f"cosine_{total}_{low}", "cosine", lambda o, t=total, l=low: scheduler.CosineAnnealingLR(o, t, l), total, {"total": total, "minimum": low})
    for factor, total in [(0.1, 5), (0.25, 10), (1 / 3, 4)]:
        yield run(f"warmup_{total}", "warmup", lambda o, f=factor, t=total: scheduler.LinearLR(o, start_factor=f, end_factor=1.0, total_iters=t), 15, {"start": factor, "total": total})
    def behind(then):
        """A line of `total` steps up to the whole rate, then another schedule from its start."""
        return lambda o, f, t: scheduler.SequentialLR(o, [scheduler.LinearLR(o, start_factor=f, end_factor=1.0, total_iters=t), then(o)], [t])
    for name, then, params in [("cosine", lambda o: scheduler.CosineAnnealingLR(o, 14, 0.005), {"then": "cosine", "rest": 14, "minimum": 0.005}),
                               ("step", lambda o: scheduler.StepLR(o, 4, 0.5), {"then": "step", "size": 4, "gamma": 0.5})]:
        yield run(f"warmup_then_{name}", "warmup", lambda o, b=behind(then): b(o, 0.2, 6), 20, {"start": 0.2, "total": 6, **params})
    falling = [1.0, 0.9, 0.8, 0.8, 0.8, 0.8, 0.79, 0.79, 0.79, 0.79, 0.79, 0.5, 0.6, 0.7, 0.6, 0.55, 0.5, 0.5, 0.49999, 0.49, 0.49, 0.49, 0.49, 0.49, 0.49]
    rising = [1.0 + 0.1 * i for i in range(25)]
    plateaus = [
        ("plain", falling, dict(factor=0.5, patience=2, threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=0.0)),
        ("cooldown", falling, dict(factor=0.5, patience=1, threshold=1e-4, threshold_mode="rel", cooldown=2, min_lr=0.0)),
        ("coarse", falling, dict(factor=0.1, patience=2, threshold=0.1, threshold_mode="rel", cooldown=0, min_lr=0.0)),
        ("absolute", falling, dict(factor=0.5, patience=2, threshold=0.05, threshold_mode="abs", cooldown=1, min_lr=0.0)),
        ("floor", rising, dict(factor=0.5, patience=0, threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=0.004)),
        ("patient", rising, dict(factor=0.2, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=0.0)),
    ]
    for label, losses_seen, options in plateaus:
        yield run(f"plateau_{label}", "plateau", lambda o, k=options: scheduler.ReduceLROnPlateau(o, **k), len(losses_seen), dict(options), losses=losses_seen)


# ---------------------------------------------------------------- files

def tensor_text(t, single):
    values = t.detach().double().contiguous().flatten().numpy()
    if single:
        assert (values == values.astype(numpy.float32)).all()
        text = ",".join(str(v) for v in values.astype(numpy.float32))
    else:
        text = ",".join(repr(float(v)) for v in values)
    return f'{{"shape": {list(t.shape)}, "data": [{text}]}}'


def write(group, cases, script="make_oracles.py"):
    lines = [f'{{"script": {json.dumps(script)}, "torch": {json.dumps(torch.__version__)}, "group": {json.dumps(group)}, "cases": [']
    cases = list(cases)
    names = [c["name"] for c in cases]
    assert len(set(names)) == len(names), "two cases of one name"
    for i, c in enumerate(cases):
        lines.append(f'{{"name": {json.dumps(c["name"])}, "op": {json.dumps(c["op"])}, "params": {json.dumps(c["params"])}')
        for part in ("inputs", "weights", "outputs", "gradients"):
            tensors = ",\n".join(f' "{k}": {tensor_text(v, part in ("inputs", "weights"))}' for k, v in c[part].items())
            lines[-1] += f',\n"{part}": {{' + (f"\n{tensors}" if tensors else "") + "}"
        lines[-1] += "}" + ("," if i + 1 < len(cases) else "")
    lines.append("]}")
    path = os.path.join(HERE, "data", group + ".json")
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("\n".join(lines) + "\n")
    with open(path, encoding="utf-8") as f:
        json.load(f)
    print(f"{group}: {len(cases)} cases, {os.path.getsize(path) / 1024:.0f} KiB")


def main():
    torch.set_num_threads(1)
    os.makedirs(os.path.join(HERE, "data"), exist_ok=True)
    write("ops", (c for part in (elementwise(), products(), reductions(), shaping()) for c in part))
    for cell in ("rnn_tanh", "rnn_relu", "lstm", "gru"):
        write(cell, recurrent(cell))
    write("losses", losses())
    write("optimisers", optimisers())
    write("schedules", schedules())


if __name__ == "__main__":
    main()
