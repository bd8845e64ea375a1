"""Golden figures of BLEU and chrF from sacreBLEU 2.6.0 and of chunks from conlleval: data/metrics.json.

    python3 make_metric_oracles.py PATH/TO/conlleval.pl        (needs the package sacrebleu, and Perl for the script of the CoNLL shared tasks)

The texts are random: words, numbers, marks and symbols of several scripts, entities, odd white space; hypotheses are references with some words
changed, dropped, doubled or swapped. Tags are random too, ones that no scheme would write among them.
"""
import json
import os
import random
import re
import subprocess
import sys

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = ["the", "The", "a", "dog", "cat", "house", "sees", "bit", "man", "Mr.", "U.S.", "don't", "l'été", "e-mail", "well-known", "1,000.50", "3.14", "2,5", "1990-91", "100%", "$5", "€20", "(hi)", "\"so\"", "'tis",
         "«oui»", "end.", "yes,", "no;", "why?!", "...", "…", "—", "a–b", "½", "x²", "№5", "1.", "7,", ",8", "-5", "5-", "C++", "#tag", "@me", "a/b", "<b>", "[1]", "{x}", "~", "`", "|", "^", "_under_", "&quot;", "&amp;lt;", "&lt;", "AT&T",
         "<skipped>", "Straße", "ÉCOLE", "naïve", "привет,", "мир.", "你好，世界。", "東京2020", "カタカナ", "한국어", "٣٫١٤", "😀", "a😀.", "👍🏽", "𝟙", "ⅷ,", "१२,३४", "\u00b7", "\u2019s", "\u00ad"]
SPACES = [" "] * 40 + ["  ", "\t", "\u00a0", "\u3000", "\u200b", "\x1c", "-\n", "\n"]


def sentence(r):
    text = ""
    for _ in range(r.randint(1, 22)):
        text += r.choice(WORDS) + r.choice(SPACES)
    return text if r.random() < 0.2 else text.strip()


def changed(r, text):
    words = text.split(" ")
    for _ in range(r.randint(0, 5)):
        i = r.randrange(len(words))
        kind = r.randrange(4)
        if kind == 0:
            words[i] = r.choice(WORDS)
        elif kind == 1 and len(words) > 1:
            del words[i]
        elif kind == 2:
            words.insert(i, words[i])
        elif i + 1 < len(words):
            words[i], words[i + 1] = words[i + 1], words[i]
    return " ".join(words)


def translations():
    r = random.Random(1)
    references = [[], [], []]
    hypotheses = []
    for _ in range(120):
        text = sentence(r)
        hypotheses.append(changed(r, text))
        references[0].append(text)
        references[1].append(changed(r, text) if r.random() < 0.8 else None)
        references[2].append(sentence(r) if r.random() < 0.5 else None)
    hypotheses[7] = hypotheses[31] = ""
    hypotheses[8] = "a"
    bleus = []
    for sets in (1, 2, 3):
        for options in ([dict(tokenize=t) for t in ("13a", "intl", "zh", "char", "none")] + [dict(smooth_method=m) for m in ("floor", "add-k", "none")]
                        + [dict(smooth_method="floor", smooth_value=0.35), dict(smooth_method="add-k", smooth_value=2.0), dict(lowercase=True), dict(effective_order=True), dict(max_ngram_order=1), dict(max_ngram_order=6)]):
            metric = BLEU(force=True, **options)
            score = metric.corpus_score(hypotheses, references[:sets])
            bleus.append({"sets": sets, "options": options, "score": score.score, "text": str(score), "signature": str(metric.get_signature())})
    sentences = []
    for smoothing in ("exp", "floor", "add-k", "none"):
        for effective in (False, True):
            metric = BLEU(smooth_method=smoothing, effective_order=effective, force=True)
            sentences.append({"smoothing": smoothing, "effective": effective, "scores": [metric.sentence_score(h, [s]).score for h, s in zip(hypotheses, references[0])]})
    chrfs = []
    for sets in (1, 2, 3):
        for options in (dict(), dict(word_order=2), dict(word_order=1), dict(beta=3), dict(beta=1, char_order=4), dict(lowercase=True), dict(whitespace=True), dict(eps_smoothing=True),
                        dict(eps_smoothing=True, word_order=2), dict(char_order=0, word_order=2)):
            metric = CHRF(**options)
            score = metric.corpus_score(hypotheses, references[:sets])
            chrfs.append({"sets": sets, "options": options, "score": score.score, "text": str(score), "signature": str(metric.get_signature()),
                          "sentences": [metric.sentence_score(h, [s]).score for h, s in zip(hypotheses, references[0])] if sets == 1 else None})
    return {"hypotheses": hypotheses, "references": references, "bleu": bleus, "sentence_bleu": sentences, "chrf": chrfs}


def chunks(script):
    found = []
    for seed, tags in enumerate((["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], ["O", "O", "O", "I-A", "B-A", "I-B-2"], ["B-X", "I-X", "O"], ["O"], ["O", "I-NP", "B-NP", "I-VP", "B-VP", "B-ADJP", "I-ADJP", "B-PP"])):
        r = random.Random(seed)
        actual, predicted = [], []
        for _ in range(40):
            actual.append([r.choice(tags) for _ in range(r.randint(1, 12))])
            predicted.append([t if r.random() < 0.75 else r.choice(tags) for t in actual[-1]])
        text = "".join("".join(f"w {a} {p}\n" for a, p in zip(sa, sp)) + "\n" for sa, sp in zip(actual, predicted))
        said = subprocess.run(["perl", script], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
        number = r" *(-?[0-9.]+)"
        first = [int(v) for v in re.match(r"processed (\d+) tokens with (\d+) phrases; found: (\d+) phrases; correct: (\d+)\.", said[0]).groups()]
        overall = [float(v) for v in re.match(rf"accuracy:{number}%;.*precision:{number}%; recall:{number}%; FB1:{number}$", said[1]).groups()]
        types = []
        for line in said[2:]:
            m = re.match(rf" *(\S+):.*precision:{number}%; recall:{number}%; FB1:{number} +(\d+)$", line)
            types.append([m[1], float(m[2]), float(m[3]), float(m[4]), int(m[5])])
        found.append({"actual": [" ".join(s) for s in actual], "predicted": [" ".join(s) for s in predicted], "counts": first, "overall": overall, "types": types})
    return found


def main():
    figures = {"script": "make_metric_oracles.py", "sacrebleu": sacrebleu.__version__, "translation": translations(), "chunks": chunks(sys.argv[1])}
    path = os.path.join(HERE, "data", "metrics.json")
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        json.dump(figures, f, ensure_ascii=True, indent=0)
        f.write("\n")
    print(f"{os.path.getsize(path) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
