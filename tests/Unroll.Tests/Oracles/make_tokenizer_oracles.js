// Golden tokens of Hugging Face's tokenizers 0.22.2 for files that Unroll wrote: data/tokenizers.json.
//
//     npm install @anush008/tokenizers@0.6.0                  (the library itself, bound to Node)
//     node make_tokenizer_oracles.js PATH/TO/tinyshakespeare/input.txt NAME=RUN ...
//
// RUN is the folder of a run of `unroll train language --data input.txt --unit char|word|subword ...`: its tokenizer.json is loaded, as it is, by the library, which then cuts some hundreds of lines: every
// 150th of the text, and made ones with odd white space, scripts and symbols, and with what tokens look like. The file goes into the golden file too, and `saved`, the same as the library writes it. A text is left out where it is the line itself.
const fs = require('fs');
const os = require('os');
const path = require('path');
const { Tokenizer } = require('@anush008/tokenizers');

const ODD = [
  '', ' ', '  ', '   ', '\t', ' \t \t', '\u00a0x\u00a0', 'a  b   c    d', '  two in front', 'two behind  ', '\ttab\tand \t both', 'x\u3000y\u2003z', '\r', 'a\rb', "don't I'll we've they're it's I'm he'd 'tis", "''s", 'x=1, y2;; 3.14 1,000 50%',
  'UPPER lower MiXeD', 'Straße, süße Füße, ÄÖÜ', 'l\u2019été na\u00efve e\u0301te\u0301', '\u4e2d\u6587\uff0c\u6771\u4eac2020', '\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440.', '\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e',
  '\ud83d\ude00 \ud83d\ude00\ud83d\ude00x\ud83d\udc4d\ud83c\udffd', '\ud835\udd59\ud835\udd56', '\u200b\u200d\u00ad', '\ufffd', '\u0000\u0001\u007f\u0085', '\u20ac5 \u00a9 \u2122 + < = > ^ ` | ~ $', '\u2014\u2013\u2026\u00ab\u00bb', '<unk>', ' <unk> <unk>s', '<0x41>', 'x<0x41><0x00> <0xe2>', '<s></s>',
  'a\n', '\n', '\n\n', ' \n ', 'a \n\n b\n', 'one\ntwo\n\nthree', 'the'.repeat(40), 'q\u00e9'.repeat(50), '\u0120the\u010a',
];

async function main() {
  const [text, ...runs] = process.argv.slice(2);
  const lines = fs.readFileSync(text, 'utf8').split('\n').filter((_, i) => i % 150 === 0).map((line, i) => (i % 2 ? line : line + '\n')).concat(ODD);
  const tokenizers = [];
  for (const run of runs) {
    const [name, folder] = run.split('=');
    const file = fs.readFileSync(path.join(folder, 'tokenizer.json'), 'utf8');
    const tokenizer = Tokenizer.fromString(file);
    const tokens = [], texts = [];
    for (const line of lines) {
      const ids = (await tokenizer.encode(line, null, { addSpecialTokens: false })).getIds();
      tokens.push(ids);
      const decoded = await tokenizer.decode(ids, false);
      texts.push(decoded === line ? null : decoded);
    }
    const saved = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'tokenizer-')), 'tokenizer.json');
    tokenizer.save(saved, false);
    tokenizers.push({ name, tokenizer: JSON.parse(file), saved: JSON.parse(fs.readFileSync(saved, 'utf8')), tokens, texts });
  }
  fs.writeFileSync(path.join(__dirname, 'data', 'tokenizers.json'), JSON.stringify({ library: 'tokenizers 0.22.2', lines, tokenizers }) + '\n');
}

main();
