"use strict";
// Markdown of answers as people read it: marks are left out, and what they mark looks so. Offsets
// stay those of the text: each unit of it has flags. Pages put every run as a text node.

const LEFT_OUT = 1, BOLD = 2, SLANTED = 4, CODE = 8, HEADING = 16, BULLET = 32, LINKED = 64;
const INLINE = [
  [/(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, CODE],
  [/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, BOLD],
  [/(?<![\w*\\])(\*)(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])/g, SLANTED],
  [/(?<![\w_\\])(_)(?=[^\s_])([^_\n]*?[^\s_])_(?![\w_])/g, SLANTED],
];
const LINK = /(!?\[)((?:\[[^[\]\n]*\]|[^[\]\n])*)(\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"\n]*")?\))/g;
const CITED = /^\^?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*$/;
const ESCAPED = /\\(?=[\\`*_{}[\]()#+.!|>~-])/g;

// The flags of each unit; their ``links`` are [from, to, address] of the texts of links.
function flagsOf(text) {
  const flags = new Uint8Array(text.length);
  flags.links = [];
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
    // A number that links is a citation, which is read with its brackets.
    const rim = CITED.test(found[2]) ? 1 : 0;
    flags.fill(LEFT_OUT, at + from, at + from + found[1].length - rim);
    flags.fill(LEFT_OUT, at + to - found[3].length + rim, at + to);
    if (found[1] === "![") continue;
    const begin = at + from + 1 - rim, end = at + to - found[3].length + rim;
    for (let unit = begin; unit < end; unit += 1) flags[unit] |= LINKED;
    flags.links.push([begin, end, found[3].slice(2, -1).split(/\s/)[0]]);
  }
  for (const found of line.matchAll(ESCAPED)) if (free(found.index, found.index + 1)) flags[at + found.index] = LEFT_OUT;
}

// The address of the link that a unit is part of the text of; null where it is none that may open.
function addressAt(flags, unit) {
  const [, , written] = flags.links.find(([from, to]) => from <= unit && unit < to) || [];
  try {
    const address = new URL(written);
    const opens = /^https?:$/.test(address.protocol) && !address.username && !address.password;
    return opens ? address.href : null;
  } catch {
    return null;
  }
}

// Yields the runs of a part of a text that look alike, as [first unit, what is read, flags].
function* runsOf(text, flags, from, to) {
  for (let at = from; at < to;) {
    let end = at + 1;
    while (end < to && flags[end] === flags[at]) end += 1;
    if (!(flags[at] & LEFT_OUT)) yield [at, flags[at] & BULLET ? "•" : text.slice(at, end), flags[at]];
    at = end;
  }
}

// Puts the elements of a run into a node, and returns the one that its text belongs into.
function dress(node, flags) {
  let inner = node;
  for (const [flag, tag, name] of [[HEADING, "span", "heading"], [BOLD, "strong"], [SLANTED, "em"], [CODE, "code"]]) {
    if (!(flags & flag)) continue;
    const outer = inner;
    inner = document.createElement(tag);
    if (name) inner.className = name;
    outer.append(inner);
  }
  return inner;
}
