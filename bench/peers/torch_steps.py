"""Whole steps of training and of streaming in PyTorch, beside `Unroll.Bench step`: one JSON line, with the peak of the process's resident memory."""
import argparse, json, time
import torch
from torch import nn
from torch.nn import functional as F


class LanguageModel(nn.Module):
    def __init__(self, hidden, words=10000):
        super().__init__()
        self.embedding, self.lstm, self.projection = nn.Embedding(words, hidden), nn.LSTM(hidden, hidden, 2), nn.Linear(hidden, words)

    def forward(self, tokens, state):
        output, state = self.lstm(self.embedding(tokens), state)
        return self.projection(output), state


def language(hidden, batch, steps):
    model = LanguageModel(hidden)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, targets = torch.randint(10000, (steps, batch)), torch.randint(10000, (steps * batch,))
    state = [torch.zeros(2, batch, hidden), torch.zeros(2, batch, hidden)]

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits, after = model(inputs, tuple(state))
        loss = F.cross_entropy(logits.view(-1, 10000), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        state[:] = [s.detach() for s in after]
        return loss.item()

    return step, batch * steps


def stream(hidden):
    model = LanguageModel(hidden).eval()
    tokens = torch.randint(10000, (35,))
    state = [torch.zeros(2, 1, hidden), torch.zeros(2, 1, hidden)]
    at = [0]

    def step():
        with torch.inference_mode():
            logits, after = model(tokens[at[0] % 35].view(1, 1), tuple(state))
            at[0] += 1
            state[:] = after
            return torch.softmax(logits, -1)[0, 0, 0].item()

    return step, 1


class Translation(nn.Module):
    """score_s = v tanh(W enc_s + U h), context = sum of softmax(score)_s enc_s, h' = GRU([word; context], h), logits = P [h'; context]."""

    def __init__(self, width=256, hidden=512):
        super().__init__()
        self.source, self.target = nn.Embedding(8000, width), nn.Embedding(6000, width)
        self.encoder, self.decoder = nn.GRU(width, hidden), nn.GRUCell(width + hidden, hidden)
        self.key, self.query, self.score = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, 1, bias=False)
        self.projection = nn.Linear(2 * hidden, 6000)

    def forward(self, inputs, outputs, lengths, mask):
        packed = nn.utils.rnn.pack_padded_sequence(self.source(inputs), lengths, enforce_sorted=False)
        encoded, state = self.encoder(packed)
        encoded, _ = nn.utils.rnn.pad_packed_sequence(encoded)
        keys, given, state = self.key(encoded), self.target(outputs), state[0]
        states, contexts = [], []
        for t in range(len(outputs)):
            share = torch.softmax(self.score(torch.tanh(keys + self.query(state))).squeeze(2) + mask, 0)
            context = torch.einsum("sb,sbh->bh", share, encoded)
            state = self.decoder(torch.cat((given[t], context), 1), state)
            states.append(state)
            contexts.append(context)
        return self.projection(torch.cat((torch.stack(states), torch.stack(contexts)), 2))


def translation(batch=64, longest=20):
    model = Translation()
    optimizer = torch.optim.Adam(model.parameters())
    inputs, outputs = torch.randint(8000, (longest, batch)), torch.randint(6000, (longest, batch))
    lengths = torch.tensor([10 + b * 7 % 11 for b in range(batch)])
    beyond = torch.arange(longest)[:, None] >= lengths[None, :]
    mask, goals = torch.zeros(longest, batch).masked_fill(beyond, -1e9), outputs.masked_fill(beyond, -100).view(-1)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(inputs, outputs, lengths, mask).view(-1, 6000), goals)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        return loss.item()

    return step, int(lengths.sum())


def peak_mb():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--name", required=True, choices=["lm200", "lm650", "seq2seq", "stream650"])
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=2.0)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    step, words = {"lm200": lambda: language(200, 20, 20), "lm650": lambda: language(650, 20, 35), "seq2seq": translation, "stream650": lambda: stream(650)}[a.name]()
    step()
    step()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < a.seconds or len(times) < 5:
        t = time.perf_counter()
        step()
        times.append(time.perf_counter() - t)
    s = sorted(times)[len(times) // 2]
    print(json.dumps(dict(peer="pytorch-" + torch.__version__, name=a.name, threads=a.threads, ms=round(s * 1e3, 4), words_per_s=round(words / s), peak_mb=round(peak_mb()))), flush=True)


main()
