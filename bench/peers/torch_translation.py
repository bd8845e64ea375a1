"""Training and beam search of a translator with attention in PyTorch, beside `Unroll.Bench translate`: JSON lines of sentences a second.

A GRU reads both ways, additive attention, a GRU writes; sizes and data as given. Training: batches of like length, the true word before every step, Adam, clipping. Beam search: one sentence after
the other, the beam as the batch, as tutorials write it; the end is never taken, so that each sentence has the same number of steps whatever the weights."""
import argparse, collections, json, time
import torch
from torch import nn
from torch.nn import functional as F

PAD, BEGIN, END, UNKNOWN = 0, 1, 2, 3
WARM_UP = 4


def read(path, least):
    lines = [line.split() for line in open(path, encoding="utf-8")]
    counts = collections.Counter(word for line in lines for word in line)
    ids = {word: i + 4 for i, word in enumerate(sorted(w for w, c in counts.items() if c >= least))}
    return [[ids.get(word, UNKNOWN) for word in line] for line in lines], len(ids) + 4


class Translator(nn.Module):
    def __init__(self, sources, targets, width, hidden, dropout):
        super().__init__()
        self.source, self.target = nn.Embedding(sources, width), nn.Embedding(targets, width)
        self.encoder, self.bridge = nn.GRU(width, hidden, bidirectional=True), nn.Linear(2 * hidden, hidden)
        self.key, self.query, self.score = nn.Linear(2 * hidden, hidden, bias=False), nn.Linear(hidden, hidden), nn.Linear(hidden, 1, bias=False)
        self.decoder, self.output, self.dropout = nn.GRU(width + 2 * hidden, hidden), nn.Linear(3 * hidden + width, targets), nn.Dropout(dropout)

    def encode(self, words, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.dropout(self.source(words)), lengths, enforce_sorted=False)
        outputs, last = self.encoder(packed)
        outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs)
        mask = (torch.arange(len(words))[:, None] >= lengths[None, :]).float() * -1e9
        return outputs, self.key(outputs), mask, torch.tanh(self.bridge(torch.cat((last[0], last[1]), 1)))

    def step(self, given, state, outputs, keys, mask):
        share = torch.softmax(self.score(torch.tanh(keys + self.query(state))).squeeze(2) + mask, 0)
        context = torch.einsum("sb,sbh->bh", share, outputs)
        _, state = self.decoder(torch.cat((given, context), 1)[None], state[None])
        return torch.cat((state[0], context, given), 1), state[0]

    def forward(self, words, lengths, written):
        outputs, keys, mask, state = self.encode(words, lengths)
        given, features = self.dropout(self.target(written)), []
        for t in range(len(written)):
            made, state = self.step(given[t], state, outputs, keys, mask)
            features.append(made)
        return self.output(self.dropout(torch.stack(features)))

    @torch.no_grad()
    def beam(self, words, beams, steps):
        outputs, keys, mask, state = self.encode(torch.tensor(words)[:, None], torch.tensor([len(words)]))
        outputs, keys, mask, state = outputs.expand(-1, beams, -1), keys.expand(-1, beams, -1), mask.expand(-1, beams), state.expand(beams, -1)
        last, scores, written = torch.full((beams,), BEGIN), torch.tensor([0.0] + [-1e9] * (beams - 1)), [[] for _ in range(beams)]
        for _ in range(steps):
            made, state = self.step(self.target(last), state, outputs, keys, mask)
            log = torch.log_softmax(self.output(made), 1)
            log[:, END] = -1e9
            scores, best = (scores[:, None] + log).view(-1).topk(beams)
            rows, last = best // log.shape[1], best % log.shape[1]
            state = state[rows]
            written = [written[r] + [w] for r, w in zip(rows.tolist(), last.tolist())]
        return written[0]


def padded(lines):
    longest = max(len(line) for line in lines)
    return torch.tensor([[line[t] if t < len(line) else PAD for line in lines] for t in range(longest)])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--source", required=True)
    p.add_argument("--target", required=True)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=20)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--beams", type=int, default=5)
    p.add_argument("--steps", type=int, default=15)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    (sources, n), (targets, m) = read(a.source, 2), read(a.target, 2)
    pairs = sorted(zip(sources, targets), key=lambda pair: (max(len(pair[0]), len(pair[1])), len(pair[1]), len(pair[0])))
    batches = [pairs[i:i + a.batch] for i in range(0, len(pairs), a.batch)]
    # The largest batch comes first and is not timed, as in the other program.
    order = [len(batches) - 1] * WARM_UP + torch.randperm(len(batches)).tolist()
    model = Translator(n, m, 256, 512, 0.5)
    optimizer = torch.optim.Adam(model.parameters())
    done, start, timed = 0, 0, 0.0
    for at, i in enumerate(order):
        begin = time.perf_counter()
        words, lengths = padded([s + [END] for s, _ in batches[i]]), torch.tensor([len(s) + 1 for s, _ in batches[i]])
        written, wanted = padded([[BEGIN] + t for _, t in batches[i]]), padded([t + [END] for _, t in batches[i]])
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(words, lengths, written).view(-1, m), wanted.view(-1), ignore_index=PAD)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        if at >= WARM_UP:
            done, timed = done + len(batches[i]), timed + time.perf_counter() - begin
        if timed >= a.seconds:
            break
    print(json.dumps(dict(peer="pytorch-" + torch.__version__, what="train", threads=a.threads, sentences_per_s=round(done / timed, 1))), flush=True)
    model.eval()
    begin, done = time.perf_counter(), 0
    while time.perf_counter() - begin < a.seconds:
        model.beam(sources[done * 37 % len(sources)] + [END], a.beams, a.steps)
        done += 1
    print(json.dumps(dict(peer="pytorch-" + torch.__version__, what=f"beam {a.beams}, {a.steps} steps", threads=a.threads, sentences_per_s=round(done / (time.perf_counter() - begin), 1))), flush=True)


main()
