// Markdown of answers as people read it: marks are left out, and what they mark looks so. Offsets
// stay those of the text: each unit of it has flags.

const LEFT_OUT = 1, BOLD = 2, SLANTED = 4, CODE = 8, HEADING = 16, BULLET = 32;
const INLINE = [
  [/(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, CODE],
  [/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, BOLD],
  [/(?<![\w*\\])(\*)(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])/g, SLANTED],
  [/(?<![\w_\\])(_)(?=[^\s_])([^_\n]*?[^\s_])_(?![\w_])/g, SLANTED],
];
const LINK = /(!?\[)([^\]\n]*)(\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"\n]*")?\))/g;
const ESCAPED = /\\(?=[\\`*_{}[\]()#+.!|>~-])/g;

function flagsOf(text) {
  const flags = new Uint8Array(text.length);
  let at = 0, fence = "";
  for (const line of text.split("\n")) {
    const end = at + line.length;
    const opened = /^ {0,3}(```+|~~~+)/.exec(line);
    if (opened && (!fence || opened[1].startsWith(fence))) {
      fence = fence ? "" : opened[1];
      flags.fill(LEFT_OUT, at, Math.min(end + 1, text.length));
    } else if (fence) flags.fill(CODE, at, end);
    else flagLine(flags, line, at);
    at = end + 1;
  }
  return flags;
}

function flagLine(flags, line, at) {
  const head = /^ {0,3}#{1,6}[ \t]+(?=\S)/.exec(line);
  const item = /^\s*([-*+])(?=[ \t]+\S)/.exec(line);
  if (head) {
    flags.fill(HEADING, at + head[0].length, at + line.length);
    flags.fill(LEFT_OUT, at, at + head[0].length);
  }
  if (item) flags[at + item[0].length - 1] |= BULLET;
  const free = (from, to) => !flags.subarray(at + from, at + to).some((flag) => flag & (CODE | LEFT_OUT | BULLET));
  for (const [mark, flag] of INLINE) {
    for (const found of line.matchAll(mark)) {
      const from = found.index, to = from + found[0].length, size = found[1].length;
      if (!free(from, from + size) || !free(to - size, to)) continue;
      flags.fill(LEFT_OUT, at + from, at + from + size);
      flags.fill(LEFT_OUT, at + to - size, at + to);
      for (let unit = at + from + size; unit < at + to - size; unit += 1) flags[unit] |= flag;
    }
  }
  for (const found of line.matchAll(LINK)) {
    const from = found.index, to = from + found[0].length;
    if (!found[2] || !free(from, from + 1)) continue;
    flags.fill(LEFT_OUT, at + from, at + from + found[1].length);
    flags.fill(LEFT_OUT, at + to - found[3].length, at + to);
  }
  for (const found of line.matchAll(ESCAPED)) if (free(found.index, found.index + 1)) flags[at + found.index] = LEFT_OUT;
}

// Puts a part of a text into a node, as people read it or, where they asked for it, as written.
function putRead(node, text, flags, from, to) {
  if (state.written) return put(node, text.slice(from, to));
  for (let at = from; at < to;) {
    let end = at + 1;
    while (end < to && flags[end] === flags[at]) end += 1;
    putRun(node, text.slice(at, end), flags[at]);
    at = end;
  }
}

function putRun(node, text, flags) {
  if (flags & LEFT_OUT) return;
  let inner = node;
  for (const [flag, tag, name] of [[HEADING, "span", "heading"], [BOLD, "strong"], [SLANTED, "em"], [CODE, "code"]]) {
    if (!(flags & flag)) continue;
    const outer = inner;
    inner = element(tag, { class: name });
    outer.append(inner);
  }
  put(inner, flags & BULLET ? "•" : text);
}
