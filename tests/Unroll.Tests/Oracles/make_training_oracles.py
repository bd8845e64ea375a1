"""Golden figures of further optimisers and schedules: data/optimisers_more.json, data/schedules_more.json.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_training_oracles.py        (as make_oracles.py, which says how the files are laid out)

Adagrad and all schedules but Vaswani's are PyTorch's own in double precision. PyTorch has no Lamb and no Lion: their figures are those of the equations of the papers, written out below in numpy in
double precision, one plain line each. NAdam is written out too: PyTorch up to 1.13 multiplies the next product of momenta by the present momentum twice, against its own documentation and later
versions. The script checks that with that one factor the plain form gives PyTorch's figures, so the factor is all that they differ in.
"""
import numpy
import torch

from make_oracles import optimisers, write


class Lamb:
    """You et al. 2020, "Large batch optimization for deep learning: training BERT in 76 minutes", algorithm 2, with phi(z) = z and the quotient 1 where a norm is 0."""

    def __init__(self, w, lr, beta1, beta2, eps, weight_decay):
        self.w, self.lr, self.beta1, self.beta2, self.eps, self.decay = w, lr, beta1, beta2, eps, weight_decay
        self.m, self.v, self.t = numpy.zeros_like(w), numpy.zeros_like(w), 0

    def step(self, g):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
        m_hat = self.m / (1 - self.beta1 ** self.t)
        v_hat = self.v / (1 - self.beta2 ** self.t)
        u = m_hat / (numpy.sqrt(v_hat) + self.eps) + self.decay * self.w
        of_w, of_u = numpy.sqrt((self.w * self.w).sum()), numpy.sqrt((u * u).sum())
        trust = of_w / of_u if of_w > 0 and of_u > 0 else 1.0
        self.w = self.w - self.lr * trust * u


class Lion:
    """Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2."""

    def __init__(self, w, lr, beta1, beta2, weight_decay):
        self.w, self.lr, self.beta1, self.beta2, self.decay = w, lr, beta1, beta2, weight_decay
        self.m = numpy.zeros_like(w)

    def step(self, g):
        c = self.beta1 * self.m + (1 - self.beta1) * g
        self.w = self.w - self.lr * (numpy.sign(c) + self.decay * self.w)
        self.m = self.beta2 * self.m + (1 - self.beta2) * g


class NAdam:
    """The algorithm that PyTorch's documentation of NAdam gives (Dozat 2016). twice=True is PyTorch 1.13."""

    def __init__(self, w, lr, beta1, beta2, eps, weight_decay, momentum_decay, twice=False):
        self.w, self.lr, self.beta1, self.beta2, self.eps, self.decay, self.momentum_decay, self.twice = w, lr, beta1, beta2, eps, weight_decay, momentum_decay, twice
        self.m, self.v, self.t, self.product = numpy.zeros_like(w), numpy.zeros_like(w), 0, 1.0

    def step(self, g):
        self.t += 1
        g = g + self.decay * self.w
        now = self.beta1 * (1 - 0.5 * 0.96 ** (self.t * self.momentum_decay))
        following = self.beta1 * (1 - 0.5 * 0.96 ** ((self.t + 1) * self.momentum_decay))
        self.product *= now
        product_next = self.product * following * (now if self.twice else 1.0)
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
        m_hat = following * self.m / (1 - product_next) + (1 - now) * g / (1 - self.product)
        v_hat = self.v / (1 - self.beta2 ** self.t)
        self.w = self.w - self.lr * m_hat / (numpy.sqrt(v_hat) + self.eps)


def check_nadam(start, gradients):
    assert torch.__version__.startswith("1.13")
    for k, w in start.items():
        ours = NAdam(w.numpy().copy(), 0.01, 0.8, 0.95, 1e-6, 0.05, 0.3, twice=True)
        p = w.clone().requires_grad_(True)
        theirs = torch.optim.NAdam([p], lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.05, momentum_decay=0.3)
        for g in gradients:
            ours.step(g[k].numpy())
            p.grad = g[k].clone()
            theirs.step()
            assert numpy.abs(ours.w - p.detach().numpy()).max() < 1e-7, k          # PyTorch keeps the product in single precision


def more_optimisers():
    shared = next(optimisers())                                                   # the start and the gradients fed, those of optimisers.json
    steps, shown = shared["params"]["steps"], (0, 1, 4, 9, 16, 23)
    start = {k: v for k, v in shared["inputs"].items() if "_gradient_" not in k}
    gradients = [{k: shared["inputs"][f"{k}_gradient_{i}"] for k in start} for i in range(steps)]
    check_nadam(start, gradients)
    settings = [
        ("adagrad", torch.optim.Adagrad, dict(lr=0.01, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10)),
        ("adagrad_start", torch.optim.Adagrad, dict(lr=0.05, lr_decay=0.1, weight_decay=0.0, initial_accumulator_value=0.3, eps=1e-6)),
        ("adagrad_decay", torch.optim.Adagrad, dict(lr=0.05, lr_decay=0.0, weight_decay=0.05, initial_accumulator_value=0.0, eps=1e-10)),
        ("adagrad_spared_falling", torch.optim.Adagrad, dict(lr=0.1, lr_decay=0.02, weight_decay=0.3, initial_accumulator_value=0.1, eps=1e-10, spared="bias", fall=0.9)),
        ("nadam", NAdam, dict(lr=0.002, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, momentum_decay=0.004)),
        ("nadam_betas", NAdam, dict(lr=0.01, beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.0, momentum_decay=0.3)),
        ("nadam_decay", NAdam, dict(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.05, momentum_decay=0.004)),
        ("nadam_spared_falling", NAdam, dict(lr=0.02, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.3, momentum_decay=0.004, spared="bias", fall=0.9)),
        ("lamb", Lamb, dict(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-6, weight_decay=0.01)),
        ("lamb_plain", Lamb, dict(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0)),
        ("lamb_betas", Lamb, dict(lr=0.02, beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.1)),
        ("lamb_spared_falling", Lamb, dict(lr=0.05, beta1=0.9, beta2=0.999, eps=1e-6, weight_decay=0.3, spared="bias", fall=0.9)),
        ("lion", Lion, dict(lr=0.001, beta1=0.9, beta2=0.99, weight_decay=0.0)),
        ("lion_decay", Lion, dict(lr=0.01, beta1=0.95, beta2=0.98, weight_decay=0.1)),
        ("lion_spared_falling", Lion, dict(lr=0.02, beta1=0.9, beta2=0.99, weight_decay=0.3, spared="bias", fall=0.9)),
    ]
    for name, kind, options in settings:
        flat = {**options}
        spared, fall = options.pop("spared", None), options.pop("fall", 1.0)
        outputs = {}
        for k, w in start.items():
            mine = {**options, "weight_decay": 0.0} if k == spared else {**options}
            plain = kind is not torch.optim.Adagrad
            p = None if plain else w.clone().requires_grad_(True)
            o = kind(w.numpy().copy(), **mine) if plain else kind([p], **mine)
            for i, g in enumerate(gradients):
                if plain:
                    o.step(g[k].numpy())
                    o.lr *= fall
                else:
                    p.grad = g[k].clone()
                    o.step()
                    o.param_groups[0]["lr"] *= fall
                if i in shown:
                    outputs[f"{k}_{i}"] = torch.from_numpy(o.w.copy()) if plain else p.detach().clone()
        yield {"name": name, "op": name.split("_")[0], "params": flat, "inputs": {}, "weights": {}, "outputs": {k: outputs[k] for k in sorted(outputs)}, "gradients": {}}


def more_schedules():
    scheduler = torch.optim.lr_scheduler

    def run(name, op, build, steps, params, lr=0.1):
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)
        schedule = build(optimiser)
        rates = []
        for i in range(steps):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            if i < steps - 1:
                schedule.step()
        return {"name": name, "op": op, "params": {"lr": lr, **params}, "inputs": {}, "weights": {}, "outputs": {"rates": torch.tensor(rates, dtype=torch.float64)}, "gradients": {}}

    for factor in (0.9, 0.5, 1.1):
        yield run(f"exponential_{factor}", "exponential", lambda o, f=factor: scheduler.ExponentialLR(o, f), 20, {"factor": factor, "over": 1})
    yield run("exponential_over_7", "exponential", lambda o: scheduler.LambdaLR(o, lambda step: 0.3 ** (step / 7)), 20, {"factor": 0.3, "over": 7})
    for first, growth, low in [(5, 1, 0.0), (3, 2, 0.01), (1, 1, 0.02), (1, 3, 0.0), (40, 2, 0.0)]:
        yield run(f"restarts_{first}_{growth}_{low}", "restarts", lambda o, f=first, g=growth, l=low: scheduler.CosineAnnealingWarmRestarts(o, f, g, l), 35,
                  {"first": first, "growth": growth, "minimum": low})
    for total, rise, start, final in [(20, 0.3, 25.0, 1e4), (17, 0.45, 10.0, 100.0), (9, 0.0, 4.0, 10.0), (9, 1.0, 4.0, 10.0), (5, 0.1, 25.0, 1e4)]:
        yield run(f"one_cycle_{total}_{rise}", "one_cycle", lambda o, t=total, r=rise, s=start, f=final: scheduler.OneCycleLR(o, 0.1, total_steps=t, pct_start=r, div_factor=s, final_div_factor=f), total,
                  {"total": total, "rise": rise, "start": 1 / start, "final": 1 / (start * final)})
    for width, warm_up in [(512, 10), (64, 1), (16, 40)]:
        peak = (width * warm_up) ** -0.5
        # section 5.3 of the paper, literally, its steps counted from 1
        paper = lambda step, d=width, w=warm_up, p=peak: d ** -0.5 * min((step + 1) ** -0.5, (step + 1) * w ** -1.5) / p
        yield run(f"inverse_root_{warm_up}", "inverse_root", lambda o, f=paper: scheduler.LambdaLR(o, f), 60, {"warm_up": warm_up}, lr=peak)


def main():
    torch.set_num_threads(1)
    write("optimisers_more", more_optimisers(), "make_training_oracles.py")
    write("schedules_more", more_schedules(), "make_training_oracles.py")


if __name__ == "__main__":
    main()
