"""gensim's word vectors of the same text with the same settings as word-vectors.cs, for the table beside it.

    python3 reproduce/word-vectors-gensim.py DATA_FOLDER

Needs gensim (4.2 was used). One worker, the text without <unk> as Unroll reads it.
"""
import gzip
import os
import sys
import time

from gensim.models import FastText, Word2Vec

data = sys.argv[1]
with gzip.open(os.path.join(data, "ptb", "ptb.train.txt.gz"), "rt", encoding="utf-8") as file:
    lines = [[word for word in line.split() if word != "<unk>"] for line in file]
lists = os.path.join(data, "words")
ways = [
    ("skip-gram, negative sampling", Word2Vec, dict(sg=1, negative=5)),
    ("skip-gram, hierarchical softmax", Word2Vec, dict(sg=1, negative=0, hs=1)),
    ("CBOW, negative sampling", Word2Vec, dict(sg=0, negative=5)),
    ("CBOW, hierarchical softmax", Word2Vec, dict(sg=0, negative=0, hs=1)),
    ("skip-gram, negative sampling, pieces of words", FastText, dict(sg=1, negative=5)),
]
print("| gensim | words/s | WordSim-353 | SimLex-999 | analogies |\n|---|---|---|---|---|")
near = []
for name, kind, options in ways:
    rate = 0.025 if options["sg"] else 0.05
    model = kind(vector_size=200, window=5, min_count=5, sample=1e-4, workers=1, seed=1, alpha=rate, min_alpha=rate * 1e-4, **options)
    model.build_vocab(lines)
    begun = time.time()
    _, words = model.train(lines, total_examples=model.corpus_count, epochs=20)
    speed = words / (time.time() - begun)
    vectors = model.wv
    known = [vectors.evaluate_word_pairs(os.path.join(lists, f), restrict_vocab=10**9)[1][0] for f in ("wordsim353.tsv", "simlex999.txt")]
    analogies = vectors.evaluate_word_analogies(os.path.join(lists, "questions-words.txt"), restrict_vocab=30000)[0]
    print(f"| {name} | {speed / 1000:.0f} k | {known[0]:.3f} | {known[1]:.3f} | {100 * analogies:.1f} % |", flush=True)
    for word in ("monday", "company", "million"):
        near.append(f"{name}: {word}: {', '.join(w for w, _ in vectors.most_similar(word, topn=8))}")
print()
print("\n".join(near))
