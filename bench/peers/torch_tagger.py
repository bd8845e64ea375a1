"""Training of a tagger in PyTorch, beside `Unroll.Bench tag`: a JSON line of words a second.

Two bidirectional LSTM layers of 128 over words of 100 numbers, dropout 0.25, a linear map to the tags, Adam, clipping; CoNLL-U as given (.gz), batches of 128 sentences of like length."""
import argparse, collections, gzip, json, time
import torch
from torch import nn

PAD, UNKNOWN = 0, 1


def read(path):
    words, tags, sentences = [], [], []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in list(lines) + [""]:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 10 and fields[0].isdigit():
                words.append(fields[1].lower())
                tags.append(fields[3])
            elif not line.strip() and words:
                sentences.append((words, tags))
                words, tags = [], []
    return sentences


class Tagger(nn.Module):
    def __init__(self, words, tags):
        super().__init__()
        self.table = nn.Embedding(words, 100, padding_idx=PAD)
        self.rnn = nn.LSTM(100, 128, num_layers=2, bidirectional=True, dropout=0.25)
        self.output, self.dropout = nn.Linear(256, tags), nn.Dropout(0.25)

    def forward(self, words):
        return self.output(self.dropout(self.rnn(self.dropout(self.table(words)))[0]))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=10)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    sentences = read(a.data)
    counts = collections.Counter(w for words, _ in sentences for w in words)
    ids = {w: i + 2 for i, w in enumerate(sorted(w for w, c in counts.items() if c >= 2))}
    kinds = {t: i for i, t in enumerate(sorted({t for _, tags in sentences for t in tags}))}
    sentences.sort(key=lambda s: len(s[0]))
    batches = []
    for i in range(0, len(sentences), 128):
        some = sentences[i:i + 128]
        longest = max(len(w) for w, _ in some)
        words = torch.tensor([[ids.get(w[t], UNKNOWN) if t < len(w) else PAD for w, _ in some] for t in range(longest)])
        tags = torch.tensor([[kinds[g[t]] if t < len(g) else -100 for _, g in some] for t in range(longest)])
        batches.append((words, tags, sum(len(w) for w, _ in some)))
    model = Tagger(len(ids) + 2, len(kinds))
    optimizer = torch.optim.Adam(model.parameters())
    order = torch.randperm(len(batches)).tolist()
    timed = done = i = 0
    while timed < a.seconds:
        words, tags, count = batches[order[i % len(order)]]
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(words).view(-1, len(kinds)), tags.view(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        i += 1
        if i > 5:
            timed += time.perf_counter() - begin
            done += count
    print(json.dumps({"peer": "pytorch-" + torch.__version__, "what": "tagger", "threads": a.threads, "words_per_s": round(done / timed)}), flush=True)


main()
