"""Golden figures of convolution, pooling, normalisation over batches and groups, adaptive softmax and the convolutional LSTM, from PyTorch in double precision:
data/convolution.json, data/pooling.json, data/normalization.json, data/adaptive_softmax.json, data/conv_lstm.json.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_convolution_oracles.py        (as make_oracles.py, which says how the files are laid out)

Sequences are [time, batch, channels] here and [batch, channels, time] there. Where there are lengths, each sequence goes through PyTorch by itself, cut to its own length.
"""
import torch
import torch.nn.functional as F

from make_oracles import Draw, case, write


def over_time(f, x, lengths, length_of):
    """f over [1, channels, time], a sequence at a time, put together with zeros behind the ends."""
    time = length_of(x.shape[0])
    rows = []
    for b in range(x.shape[1]):
        length = x.shape[0] if lengths is None else lengths[b]
        kept = 0 if length == 0 else length_of(length)
        if kept <= 0:
            rows.append(None)
            continue
        y = f(x[:length, b].t().unsqueeze(0))[0].t()                       # [time, channels]
        rows.append(F.pad(y, (0, 0, 0, time - y.shape[0])))
    width = next(r.shape[1] for r in rows if r is not None)
    return torch.stack([r if r is not None else torch.zeros(time, width, dtype=torch.float64) for r in rows], 1)


def convolutions():
    one = [
        # label, time, batch, inputs, outputs, kernel, options, lengths
        ("plain", 7, 2, 3, 5, 3, {}, None),
        ("padded", 6, 3, 4, 17, 5, dict(padding=2), None),
        ("strided", 9, 2, 5, 3, 4, dict(stride=3, padding=2), None),
        ("strided_beyond_the_kernel", 11, 2, 2, 3, 2, dict(stride=4, padding=1), None),
        ("dilated", 12, 2, 3, 4, 3, dict(dilation=3, padding=4), None),
        ("dilated_strided", 13, 2, 3, 4, 3, dict(dilation=2, stride=3, padding=3), None),
        ("groups", 6, 2, 6, 4, 3, dict(groups=2, padding=1), None),
        ("depthwise", 8, 3, 5, 5, 3, dict(groups=5, padding=1, stride=2), None),
        ("depthwise_times_two", 6, 2, 3, 6, 3, dict(groups=3, padding=1), None),
        ("causal", 7, 2, 3, 4, 3, dict(causal=True, dilation=2), None),
        ("causal_strided", 8, 2, 3, 4, 3, dict(causal=True, stride=2), None),
        ("one_step", 1, 2, 3, 4, 3, dict(padding=1), None),
        ("kernel_of_one", 4, 2, 17, 5, 1, {}, None),
        ("lengths", 9, 5, 3, 4, 3, dict(padding=1), [9, 0, 1, 4, 7]),
        ("lengths_strided", 10, 5, 3, 4, 3, dict(stride=2, padding=2), [10, 3, 0, 1, 7]),
        ("lengths_causal", 8, 4, 3, 4, 3, dict(causal=True, dilation=2), [8, 2, 0, 5]),
        ("lengths_depthwise", 8, 4, 4, 4, 3, dict(groups=4, dilation=2), [8, 5, 4, 0]),
    ]
    for label, time, batch, inputs, outputs, kernel, options, lengths in one:
        for bias in (True, False)[:2 if label in ("plain", "groups") else 1]:
            name = f"conv1d_{label}{'' if bias else '_no_bias'}"
            d = Draw(name)
            groups, dilation, stride = options.get("groups", 1), options.get("dilation", 1), options.get("stride", 1)
            causal, padding = options.get("causal", False), options.get("padding", 0)
            pads = (dilation * (kernel - 1), 0) if causal else (padding, padding)
            tensors = {"x": d.normal(time, batch, inputs), "weight": d.normal(outputs, inputs // groups, kernel)}
            if bias:
                tensors["bias"] = d.normal(outputs)

            def compute(x, weight, bias=None, pads=pads, stride=stride, dilation=dilation, groups=groups, kernel=kernel, lengths=lengths):
                return over_time(lambda s: F.conv1d(F.pad(s, pads), weight, bias, stride, 0, dilation, groups), x, lengths,
                                 lambda n: max(0, (n + sum(pads) - dilation * (kernel - 1) - 1) // stride + 1))

            yield case(name, "conv1d", compute, tensors, {**options, "lengths": lengths})
    transposed = [
        ("plain", 4, 2, 3, 5, 3, {}, None),
        ("strided", 5, 2, 4, 3, 4, dict(stride=2, padding=1), None),
        ("output_padding", 4, 2, 3, 4, 3, dict(stride=3, padding=1, output_padding=2), None),
        ("beyond_the_kernel", 4, 2, 3, 4, 2, dict(stride=4), None),
        ("dilated", 4, 2, 3, 4, 3, dict(dilation=3, padding=2), None),
        ("dilated_strided", 5, 2, 3, 4, 3, dict(dilation=2, stride=3, output_padding=1), None),
        ("groups", 4, 2, 6, 4, 3, dict(groups=2, stride=2), None),
        ("depthwise", 4, 2, 5, 5, 3, dict(groups=5, stride=2, padding=1), None),
        ("lengths", 6, 4, 3, 4, 3, dict(stride=2, padding=1, output_padding=1), [6, 0, 1, 4]),
        ("one_step", 1, 2, 3, 4, 3, dict(stride=2), None),
    ]
    for label, time, batch, inputs, outputs, kernel, options, lengths in transposed:
        name = f"conv_transpose1d_{label}"
        d = Draw(name)
        groups = options.get("groups", 1)
        s, p, o, dl = options.get("stride", 1), options.get("padding", 0), options.get("output_padding", 0), options.get("dilation", 1)
        tensors = {"x": d.normal(time, batch, inputs), "weight": d.normal(inputs, outputs // groups, kernel), "bias": d.normal(outputs)}

        def back(x, weight, bias, s=s, p=p, o=o, dl=dl, groups=groups, kernel=kernel, lengths=lengths):
            return over_time(lambda z: F.conv_transpose1d(z, weight, bias, s, p, o, groups, dl), x, lengths, lambda n: (n - 1) * s - 2 * p + dl * (kernel - 1) + o + 1)

        yield case(name, "conv_transpose1d", back, tensors, {**options, "lengths": lengths})
    two = [
        # label, x, outputs, kernel, options
        ("plain", (2, 3, 5, 6), 4, (3, 3), {}),
        ("padded", (2, 1, 5, 7), 9, (3, 3), dict(padding=(1, 1))),
        ("oblong", (1, 2, 6, 5), 3, (2, 4), dict(padding=(1, 2))),
        ("strided", (2, 3, 7, 9), 4, (3, 3), dict(stride=(2, 2), padding=(1, 1))),
        ("strided_oblong", (2, 2, 9, 8), 3, (3, 2), dict(stride=(2, 3), padding=(1, 0))),
        ("strided_beyond_the_kernel", (1, 2, 9, 10), 3, (2, 2), dict(stride=(3, 4), padding=(1, 1))),
        ("dilated", (1, 2, 7, 9), 3, (3, 3), dict(dilation=(2, 3), padding=(2, 3))),
        ("dilated_strided", (1, 2, 9, 11), 3, (3, 3), dict(dilation=(2, 3), stride=(3, 2), padding=(2, 1))),
        ("groups", (2, 6, 4, 5), 4, (3, 3), dict(groups=2, padding=(1, 1))),
        ("depthwise", (2, 5, 5, 6), 5, (3, 3), dict(groups=5, padding=(1, 1))),
        ("depthwise_times_two", (2, 3, 5, 4), 6, (3, 3), dict(groups=3, stride=(2, 1))),
        ("kernel_of_one", (2, 9, 3, 4), 10, (1, 1), {}),
        ("kernel_of_one_strided", (2, 3, 5, 6), 4, (1, 1), dict(stride=(2, 2))),
        ("whole", (2, 3, 4, 5), 2, (4, 5), {}),
        ("one_place", (3, 2, 1, 1), 4, (3, 3), dict(padding=(1, 1))),
    ]
    for label, shape, outputs, kernel, options in two:
        for bias in (True, False)[:2 if label in ("plain", "groups") else 1]:
            name = f"conv2d_{label}{'' if bias else '_no_bias'}"
            d = Draw(name)
            groups = options.get("groups", 1)
            tensors = {"x": d.normal(*shape), "weight": d.normal(outputs, shape[1] // groups, *kernel)}
            if bias:
                tensors["bias"] = d.normal(outputs)
            yield case(name, "conv2d", lambda x, weight, bias=None, o=options: F.conv2d(x, weight, bias, **o), tensors, options)
    two_back = [
        ("plain", (2, 3, 3, 4), 4, (3, 3), {}),
        ("strided", (2, 3, 3, 4), 2, (3, 3), dict(stride=(2, 2), padding=(1, 1))),
        ("output_padding", (2, 2, 3, 4), 3, (3, 2), dict(stride=(2, 3), padding=(1, 0), output_padding=(1, 2))),
        ("beyond_the_kernel", (1, 2, 3, 2), 3, (2, 1), dict(stride=(3, 2))),
        ("dilated_strided", (1, 2, 4, 3), 3, (3, 3), dict(dilation=(2, 3), stride=(3, 2), padding=(2, 1), output_padding=(1, 1))),
        ("groups", (2, 4, 3, 3), 6, (2, 3), dict(groups=2, stride=(2, 1))),
        ("depthwise", (1, 3, 4, 4), 3, (3, 3), dict(groups=3, stride=(2, 2))),
    ]
    for label, shape, outputs, kernel, options in two_back:
        name = f"conv_transpose2d_{label}"
        d = Draw(name)
        tensors = {"x": d.normal(*shape), "weight": d.normal(shape[1], outputs // options.get("groups", 1), *kernel), "bias": d.normal(outputs)}
        yield case(name, "conv_transpose2d", lambda x, weight, bias, o=options: F.conv_transpose2d(x, weight, bias, **o), tensors, options)


def pooling():
    one = [
        ("plain", 7, 2, 5, dict(kernel=2), None),
        ("strided", 9, 2, 3, dict(kernel=3, stride=2), None),
        ("overlapping_padded", 6, 3, 17, dict(kernel=3, stride=1, padding=1), None),
        ("lengths", 9, 5, 3, dict(kernel=3, stride=2, padding=1), [9, 0, 1, 4, 6]),
    ]
    for label, time, batch, channels, o, lengths in one:
        k, s, p = o["kernel"], o.get("stride", o["kernel"]), o.get("padding", 0)
        length_of = lambda n, k=k, s=s, p=p: max(0, (n + 2 * p - k) // s + 1)
        for op, f in {
            "max_pool1d": lambda z, k=k, s=s, p=p: F.max_pool1d(z, k, s, p), "avg_pool1d": lambda z, k=k, s=s, p=p: F.avg_pool1d(z, k, s, p),
            "avg_pool1d_own": lambda z, k=k, s=s, p=p: F.avg_pool1d(z, k, s, p, count_include_pad=False),
        }.items():
            name = f"{op}_{label}"
            yield case(name, op.removesuffix("_own"), lambda x, f=f, l=lengths, n=length_of: over_time(f, x, l, n), {"x": Draw(name).normal(time, batch, channels)},
                       {**o, "lengths": lengths, "count_padding": not op.endswith("_own")})
    for lengths in (None, [5, 1, 3]):
        for op, f in {"global_max_pool1d": lambda z: z.amax(0), "global_avg_pool1d": lambda z: z.mean(0)}.items():
            name = f"{op}{'_lengths' if lengths else ''}"
            yield case(name, op, lambda x, f=f, l=lengths: torch.stack([f(x[:x.shape[0] if l is None else l[b], b]) for b in range(x.shape[1])]), {"x": Draw(name).normal(5, 3, 4)}, {"lengths": lengths})
    two = [
        ("plain", (2, 3, 4, 6), dict(kernel=(2, 2))),
        ("oblong", (2, 2, 7, 5), dict(kernel=(3, 2), stride=(2, 1), padding=(1, 1))),
        ("overlapping", (1, 2, 5, 5), dict(kernel=(3, 3), stride=(1, 1), padding=(1, 1))),
        ("cut", (2, 2, 5, 7), dict(kernel=(2, 3))),
    ]
    for label, shape, o in two:
        k, s, p = o["kernel"], o.get("stride", o["kernel"]), o.get("padding", (0, 0))
        for op, f in {
            "max_pool2d": lambda z, k=k, s=s, p=p: F.max_pool2d(z, k, s, p), "avg_pool2d": lambda z, k=k, s=s, p=p: F.avg_pool2d(z, k, s, p),
            "avg_pool2d_own": lambda z, k=k, s=s, p=p: F.avg_pool2d(z, k, s, p, count_include_pad=False),
        }.items():
            name = f"{op}_{label}"
            yield case(name, op.removesuffix("_own"), lambda x, f=f: f(x), {"x": Draw(name).normal(*shape)}, {**o, "count_padding": not op.endswith("_own")})
    yield case("global_max_pool2d", "global_max_pool2d", lambda x: F.adaptive_max_pool2d(x, 1).flatten(1), {"x": Draw("global_max_pool2d").normal(2, 3, 4, 5)})
    yield case("global_avg_pool2d", "global_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), {"x": Draw("global_avg_pool2d").normal(2, 3, 4, 5)})
    for op, f, params in [("leaky_relu", lambda x: F.leaky_relu(x, 0.2), {"slope": 0.2}), ("elu", lambda x: F.elu(x, 1.5), {"alpha": 1.5})]:
        for label, scale in [("", 1), ("_wide", 20), ("_narrow", 1e-3)]:
            yield case(op + label, op, lambda x, f=f: f(x), {"x": Draw(op + label).normal(3, 17, scale=scale)}, params)
        yield case(f"{op}_at_zero", op, lambda x, f=f: f(x), {"x": torch.tensor([-1.5, 0.0, 2.0], dtype=torch.float64)}, params)


def normalization():
    shapes = [("rows", (7, 5), None), ("sequences", (4, 3, 17), None), ("images", (3, 4, 5, 3), None), ("lengths", (5, 4, 3), [5, 0, 2, 1]), ("two", (2, 1), None), ("off_centre", (6, 2, 3), None)]
    for label, shape, lengths in shapes:
        channels = shape[1] if len(shape) == 4 else shape[-1]
        for training in (True, False):
            for affine in (True, False)[:2 if label in ("rows", "images") else 1]:
                name = f"batch_norm_{label}_{'training' if training else 'evaluating'}{'' if affine else '_plain'}"
                d = Draw(name)
                inputs = {"x": d.normal(*shape, shift=30.0 if label == "off_centre" else 0.0), "running_mean": d.normal(channels), "running_var": d.uniform(channels, low=0.5, high=2)}
                if affine:
                    inputs.update(weight=d.normal(channels), bias=d.normal(channels))
                momentum = 0.3

                def compute(x, running_mean, running_var, weight=None, bias=None, training=training, lengths=lengths):
                    mean, var = running_mean.clone(), running_var.clone()
                    if lengths is None:
                        rows = x if x.dim() == 4 else x.reshape(-1, x.shape[-1])
                        y = F.batch_norm(rows, mean, var, weight, bias, training, momentum, 1e-5).reshape(x.shape)
                    else:
                        alive = torch.tensor([[t < n for n in lengths] for t in range(x.shape[0])])
                        y = torch.zeros_like(x)
                        y[alive] = F.batch_norm(x[alive], mean, var, weight, bias, training, momentum, 1e-5)
                    return {"y": y, "running_mean_after": mean + 0 * y.sum(), "running_var_after": var + 0 * y.sum()}

                yield case(name, "batch_norm", compute, inputs, {"training": training, "momentum": momentum, "lengths": lengths}, fixed=("running_mean", "running_var"))
    for label, shape, groups in [("images", (2, 6, 3, 4), 3), ("instance", (2, 3, 4, 5), 3), ("layer", (3, 4, 2, 2), 1), ("rows", (5, 8), 2), ("sequences", (3, 2, 6), 2), ("off_centre", (2, 4, 3, 3), 2)]:
        name = f"group_norm_{label}"
        d = Draw(name)
        channels = shape[1] if len(shape) == 4 else shape[-1]
        yield case(name, "group_norm", lambda x, weight, bias, g=groups: F.group_norm(x if x.dim() == 4 else x.reshape(-1, x.shape[-1]), g, weight, bias).reshape(x.shape),
                   {"x": d.normal(*shape, shift=30.0 if label == "off_centre" else 0.0), "weight": d.normal(channels), "bias": d.normal(channels)}, {"groups": groups})


def adaptive():
    for label, inputs, classes, cutoffs, div, head_bias, rows in [
        ("two_clusters", 16, 20, [4, 11], 2.0, False, 9), ("three_clusters_biased", 24, 30, [5, 9, 20], 2.0, True, 14), ("one_cluster", 8, 7, [6], 4.0, False, 5), ("head_alone", 8, 9, [3, 5], 2.0, True, 3),
    ]:
        name = f"adaptive_{label}"
        d = Draw(name)
        layer = torch.nn.AdaptiveLogSoftmaxWithLoss(inputs, classes, cutoffs, div, head_bias).double()
        targets = d.integers(rows, low=0, high=cutoffs[0] if label == "head_alone" else classes)
        tensors = {"x": d.normal(rows, inputs)}
        tensors.update({k: d.normal(*v.shape, scale=0.5) for k, v in layer.named_parameters()})

        def compute(x, layer=layer, targets=targets, **weights):
            for k, v in weights.items():
                owner, _, leaf = k.rpartition(".")
                module = layer.get_submodule(owner)
                if leaf in module._parameters:
                    del module._parameters[leaf]
                setattr(module, leaf, v)
            output, loss = layer(x, targets)
            return {"output": output, "loss": loss, "log_prob": layer.log_prob(x)}

        one = case(name, "adaptive", compute, tensors, {"inputs": inputs, "classes": classes, "cutoffs": cutoffs, "divisor": div, "head_bias": head_bias, "targets": targets.tolist()})
        one["params"]["predicted"] = layer.predict(one["inputs"]["x"]).tolist()
        yield one


def conv_lstm():
    for label, time, batch, channels, hidden, size, kernel, peepholes, lengths, start in [
        ("plain", 3, 2, 2, 3, (4, 5), 3, False, None, False), ("peepholes", 3, 2, 1, 2, (3, 4), 3, True, None, True), ("lengths", 4, 4, 2, 2, (3, 3), 3, True, [4, 0, 2, 3], True),
        ("kernel_of_one", 2, 1, 2, 2, (2, 3), 1, False, None, False), ("one_step", 1, 2, 1, 2, (3, 3), 5, False, None, True),
    ]:
        name = f"conv_lstm_{label}"
        d = Draw(name)
        tensors = {
            "x": d.normal(time, batch, channels, *size), "weight_ih": d.normal(4 * hidden, channels, kernel, kernel, scale=0.5), "weight_hh": d.normal(4 * hidden, hidden, kernel, kernel, scale=0.5),
            "bias": d.normal(4 * hidden, scale=0.5),
        }
        if peepholes:
            tensors["weight_c"] = d.normal(3, hidden, *size)
        if start:
            tensors.update(h_0=d.normal(batch, hidden, *size), c_0=d.normal(batch, hidden, *size))

        def compute(x, weight_ih, weight_hh, bias, weight_c=None, h_0=None, c_0=None, hidden=hidden, size=size, kernel=kernel, lengths=lengths):
            zeros = torch.zeros(x.shape[1], hidden, *size, dtype=torch.float64)
            h, c = zeros if h_0 is None else h_0, zeros if c_0 is None else c_0
            outputs = []
            for t in range(x.shape[0]):
                i, f, g, o = (F.conv2d(x[t], weight_ih, bias, padding=kernel // 2) + F.conv2d(h, weight_hh, padding=kernel // 2)).chunk(4, 1)
                if weight_c is not None:
                    i, f = i + weight_c[0] * c, f + weight_c[1] * c
                after = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                if weight_c is not None:
                    o = o + weight_c[2] * after
                now = torch.sigmoid(o) * torch.tanh(after)
                alive = torch.ones(x.shape[1], 1, 1, 1, dtype=torch.bool) if lengths is None else torch.tensor([t < n for n in lengths]).view(-1, 1, 1, 1)
                h, c = torch.where(alive, now, h), torch.where(alive, after, c)
                outputs.append(torch.where(alive, now, torch.zeros_like(now)))
            return {"y": torch.stack(outputs), "h_n": h, "c_n": c}

        yield case(name, "conv_lstm", compute, tensors, {"inputs": channels, "hidden": hidden, "kernel": kernel, "size": list(size), "peepholes": peepholes, "lengths": lengths})


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("convolution", convolutions())
    write("pooling", pooling())
    write("normalization", normalization())
    write("adaptive_softmax", adaptive())
    write("conv_lstm", conv_lstm())
