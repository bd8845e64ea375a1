"""Golden figures of the losses of classification, embedding and structure from PyTorch in double precision: data/losses_more.json, data/ctc.json, data/crf.json.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_loss_oracles.py        (as make_oracles.py, which says how the files are laid out)
"""
import torch
import torch.nn.functional as F

from make_oracles import Draw, case, write


def masked(values, mask):
    return values.mean() if mask is None else (values * mask).sum() / mask.sum()


def more():
    for shape in [(3, 7), (2, 3, 3), (1, 1)]:
        label = "x".join(map(str, shape))
        d = Draw(f"more_{label}")
        logits, hard, soft = d.normal(*shape, scale=4), d.mask(*shape, share=0.5), d.uniform(*shape, low=0.0, high=1.0)
        mask = None if shape == (1, 1) else d.mask(*shape)
        positive = d.uniform(shape[-1], low=0.3, high=4)
        for kind, target in [("hard", hard), ("soft", soft)]:
            for m, m_label in [(None, "")] + ([] if mask is None else [(mask, "_masked")]):
                extra = {} if m is None else {"mask": m.int().flatten().tolist()}
                inputs = {"logits": logits, "target": target}
                yield case(f"bce_{kind}_{label}{m_label}", "bce", lambda logits, target, m=m: masked(F.binary_cross_entropy_with_logits(logits, target, reduction="none"), m),
                           inputs, extra, fixed=("target",))
                yield case(f"bce_{kind}_positive_{label}{m_label}", "bce",
                           lambda logits, target, m=m: masked(F.binary_cross_entropy_with_logits(logits, target, reduction="none", pos_weight=positive), m),
                           inputs, {**extra, "positive": positive.tolist()}, fixed=("target",))
                for alpha, gamma in [(0.25, 2.0), (-1.0, 0.0), (0.7, 0.5), (-1.0, 3.0)]:
                    def focal(logits, target, m=m, alpha=alpha, gamma=gamma):        # torchvision's sigmoid_focal_loss
                        p, ce = torch.sigmoid(logits), F.binary_cross_entropy_with_logits(logits, target, reduction="none")
                        loss = ce * (1 - (p * target + (1 - p) * (1 - target))) ** gamma
                        if alpha >= 0:
                            loss = (alpha * target + (1 - alpha) * (1 - target)) * loss
                        return masked(loss, m)
                    yield case(f"focal_{alpha}_{gamma}_{kind}_{label}{m_label}", "focal", focal, inputs, {**extra, "alpha": alpha, "gamma": gamma}, fixed=("target",))
        counts = d.integers(*shape, low=0, high=9).double()
        yield case(f"poisson_{label}", "poisson", lambda rate, target: -torch.distributions.Poisson(rate).log_prob(target).mean(),
                   {"rate": d.uniform(*shape, low=0.2, high=9), "target": counts}, fixed=("target",))
        yield case(f"poisson_log_{label}", "poisson_log", lambda rate, target: (F.poisson_nll_loss(rate, target) + torch.lgamma(target + 1).mean()),
                   {"rate": d.normal(*shape), "target": counts}, fixed=("target",))
        distribution = F.softmax(d.normal(*shape), -1)
        distribution = distribution.masked_fill(distribution < distribution.mean() / 2, 0).float().double()
        yield case(f"kl_{label}", "kl", lambda prediction, target: F.kl_div(prediction.reshape(-1, shape[-1]), target.reshape(-1, shape[-1]), reduction="batchmean"),
                   {"prediction": F.log_softmax(d.normal(*shape, scale=2), -1).float().double(), "target": distribution}, fixed=("target",))
    for rows, classes in [(12, 5), (5, 33), (1, 2), (20, 3)]:
        d = Draw(f"classes_{rows}x{classes}")
        logits, target, weights = d.normal(rows, classes, scale=3), d.integers(rows, low=0, high=classes), d.uniform(classes, low=0.1, high=3)
        for smoothing in (0.0, 0.1, 1.0):
            for w in (None, weights):
                for ignore in [None] if rows == 1 else [None, int(target[0])]:
                    options = {"target": target.tolist(), "ignore": ignore, "smoothing": smoothing, "weights": None if w is None else w.tolist()}
                    yield case(f"cross_entropy_{rows}x{classes}_{smoothing}{'' if w is None else '_weighted'}{'' if ignore is None else '_ignore'}", "cross_entropy",
                               lambda logits, w=w, s=smoothing, i=-100 if ignore is None else ignore, target=target: F.cross_entropy(logits, target, weight=w, label_smoothing=s, ignore_index=i),
                               {"logits": logits}, options)
        for gamma in (0.0, 1.0, 2.5):
            for w in (None, weights):
                def focal(logits, w=w, gamma=gamma, target=target):
                    log = F.log_softmax(logits, -1).gather(-1, target[:, None])[:, 0]
                    each = torch.ones(len(target), dtype=torch.float64) if w is None else w[target]
                    return (-each * (1 - log.exp()) ** gamma * log).sum() / each.sum()
                yield case(f"focal_classes_{rows}x{classes}_{gamma}{'' if w is None else '_weighted'}", "focal_classes", focal, {"logits": logits},
                           {"target": target.tolist(), "gamma": gamma, "weights": None if w is None else w.tolist()})
    for rows, size in [(9, 5), (4, 33), (1, 1)]:
        d = Draw(f"embeddings_{rows}x{size}")
        a, b, c = d.normal(rows, size), d.normal(rows, size), d.normal(rows, size)
        label = (2 * d.mask(rows, share=0.5) - 1).long()
        for margin in (0.0, 0.4, -0.5):
            yield case(f"cosine_{margin}_{rows}x{size}", "cosine", lambda a, b, m=margin, label=label: F.cosine_embedding_loss(a, b, label, margin=m), {"a": a, "b": b},
                       {"together": label.tolist(), "margin": margin})
        for p in (1.0, 2.0, 3.5):
            for swap in (False, True):
                yield case(f"triplet_{p}_{swap}_{rows}x{size}", "triplet", lambda a, b, c, p=p, swap=swap: F.triplet_margin_loss(a, b, c, margin=2.0, p=p, swap=swap),
                           {"a": a, "b": b, "c": c}, {"p": p, "swap": swap, "margin": 2.0})


def ctc():
    settings = [("small", 5, 3, 4, [2, 1, 0], None, 0), ("repeats", 9, 2, 3, [4, 3], None, 0), ("lengths", 12, 5, 6, [3, 5, 1, 0, 2], [12, 9, 1, 4, 7], 0), ("blank_last", 7, 2, 5, [3, 2], [7, 5], 4),
                ("blank_inside", 8, 3, 4, [2, 3, 1], None, 2), ("wide", 40, 2, 17, [15, 9], [40, 33], 0), ("many_states", 80, 1, 3, [33], None, 0), ("tight", 4, 1, 6, [4], None, 0)]
    for name, time, batch, classes, target_lengths, lengths, blank in settings:
        d = Draw("ctc_" + name)
        logits = d.normal(time, batch, classes, scale=2)
        symbols = [c for c in range(classes) if c != blank]
        target = torch.tensor([symbols[int(i)] for i in d.integers(sum(target_lengths), low=0, high=len(symbols))], dtype=torch.long)
        if name == "tight":                      # as many symbols as steps: none may repeat
            target = torch.tensor([1, 2, 1, 3])
        for reduction in ("none", "mean", "sum"):
            yield case(f"ctc_{name}_{reduction}", "ctc",
                       lambda logits, r=reduction: F.ctc_loss(F.log_softmax(logits, -1), target, torch.tensor(lengths or [time] * batch), torch.tensor(target_lengths), blank=blank, reduction=r),
                       {"logits": logits}, {"targets": target.tolist(), "target_lengths": target_lengths, "lengths": lengths or [time] * batch, "blank": blank, "reduction": reduction})
    d = Draw("ctc_infeasible")                   # a target longer than its steps, one that lacks the step for the blank between equal symbols, one that fits
    logits = d.normal(4, 3, 3)
    for reduction in ("none", "mean", "sum"):
        yield case(f"ctc_zero_infinity_{reduction}", "ctc",
                   lambda logits, r=reduction: F.ctc_loss(F.log_softmax(logits, -1), torch.tensor([1, 2, 1, 2, 1, 1, 1, 2, 2, 1]), torch.tensor([4, 4, 4]), torch.tensor([5, 3, 2]),
                                                          zero_infinity=True, reduction=r),
                   {"logits": logits}, {"targets": [1, 2, 1, 2, 1, 1, 1, 2, 2, 1], "target_lengths": [5, 3, 2], "lengths": [4, 4, 4], "blank": 0, "reduction": reduction, "zero_infinity": True})


def crf_losses(emissions, transitions, start, end, tags, lengths, allowed):
    """The composed recursion: autograd goes through every step."""
    time, batch, kinds = emissions.shape
    closed = torch.tensor(-1e30, dtype=torch.float64)        # finite, so that autograd meets no infinity less infinity
    step = torch.where(allowed[:kinds], transitions, closed)
    first, last = torch.where(allowed[kinds], start, closed), torch.where(allowed[kinds + 1], end, closed)
    losses = []
    for b in range(batch):
        n = lengths[b]
        if n == 0:
            losses.append(emissions.new_zeros(()))
            continue
        alpha = first + emissions[0, b]
        score = start[tags[0][b]] + emissions[0, b, tags[0][b]]
        for t in range(1, n):
            alpha = torch.logsumexp(alpha[:, None] + step, 0) + emissions[t, b]
            score = score + transitions[tags[t - 1][b], tags[t][b]] + emissions[t, b, tags[t][b]]
        losses.append(torch.logsumexp(alpha + last, 0) - score - end[tags[n - 1][b]])
    return torch.stack(losses) + 0 * transitions.sum()


def crf():
    for name, time, batch, kinds, lengths, constrained in [("one_step", 1, 3, 4, None, False), ("small", 4, 2, 3, None, False), ("lengths", 9, 6, 5, [9, 0, 1, 4, 9, 2], False), ("constrained", 8, 4, 6, [8, 3, 1, 5], True),
                                                           ("wide", 6, 3, 33, None, False), ("sixteen", 5, 2, 16, None, False), ("many", 3, 37, 4, None, False), ("one_tag", 4, 2, 1, None, False)]:
        d = Draw("crf_" + name)
        lengths = lengths or [time] * batch
        allowed = torch.ones(kinds + 2, kinds, dtype=torch.bool)
        if constrained:
            allowed = d.mask(kinds + 2, kinds, share=0.6).bool()
            allowed[torch.arange(kinds), (torch.arange(kinds) + 1) % kinds] = True        # a way round that is always open
            allowed[kinds, 0] = True
            allowed[kinds + 1] = True
        tags = d.integers(time, batch, low=0, high=kinds)
        if constrained:
            for b in range(batch):
                for t in range(time):
                    tags[t, b] = t % kinds
        for reduction in ("none", "mean", "sum"):
            def loss(emissions, transitions, start, end, r=reduction):
                each = crf_losses(emissions, transitions, start, end, tags.tolist(), lengths, allowed)
                return each if r == "none" else each.mean() if r == "mean" else each.sum()
            yield case(f"crf_{name}_{reduction}", "crf", loss,
                       {"emissions": d.normal(time, batch, kinds, scale=2), "transitions": d.normal(kinds, kinds), "start": d.normal(kinds), "end": d.normal(kinds)},
                       {"tags": tags.flatten().tolist(), "lengths": lengths, "reduction": reduction, "allowed": allowed.int().flatten().tolist() if constrained else None})


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("losses_more", more(), "make_loss_oracles.py")
    write("ctc", ctc(), "make_loss_oracles.py")
    write("crf", crf(), "make_loss_oracles.py")
