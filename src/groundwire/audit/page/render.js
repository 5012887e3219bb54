"use strict";
// Text of answers and evidence reaches the page as text nodes only.

const HIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}\u{e0000}-\u{e007f}]|(?<=[\x20-\x7e])[\u200c\u200d]|[\u200c\u200d](?=[\x20-\x7e])/gu;
const FLAGGED = ["contradicted", "unsupported", "unchecked"];
const START = 4000;

const $ = (selector, root = document) => root.querySelector(selector);
const words = (text) => text.replace("_", " ");
const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value);
  }
  for (const child of children) if (child) put(node, child);
  return node;
}

function put(node, child) {
  if (typeof child !== "string") return node.append(child);
  let done = 0;
  for (const found of child.matchAll(HIDDEN)) {
    node.append(child.slice(done, found.index));
    const box = document.createElement("span");
    box.className = "hidden-character";
    const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    box.textContent = `U+${code}`;
    node.append(box);
    done = found.index + found[0].length;
  }
  node.append(child.slice(done));
}

// Puts a part of a text into a node, as people read it or, where they asked for it, as written.
function putRead(node, text, flags, from, to) {
  if (state.written) return put(node, text.slice(from, to));
  for (const [, read, look] of runsOf(text, flags, from, to)) put(dress(node, look), read);
}

function isolated(text) {
  return element("bdi", {}, text);
}

function answerNode(entry) {
  const node = element("article", { class: "answer", id: `answer-${entry.index}`, tabindex: "-1" });
  node.entry = entry;
  node.setAttribute("aria-labelledby", `title-${entry.index}`);
  const title = entry.question || `Answer ${entry.id || entry.index}`;
  const heading = element("h3", { id: `title-${entry.index}`, dir: "auto" }, shortened(title, 600));
  const body = element("div", { class: "body" });
  node.append(element("header", {}, heading, metaNode(entry)), body);
  fillBody(body, entry, START);
  return node;
}

function shortened(text, size) {
  return text.length > size ? `${text.slice(0, size)} …` : text;
}

function metaNode(entry) {
  const action = entry.action;
  const meta = element("p", { class: "meta" },
    element("a", { href: `#answer-${entry.index}` }, `#${entry.index}`),
    element("span", { class: `action-${action}` }, action));
  if (entry.id) meta.append(element("bdi", {}, shortened(entry.id, 80)));
  for (const [name, value] of Object.entries(entry.fields || {})) {
    meta.append(element("bdi", {}, shortened(`${name}: ${value}`, 120)));
  }
  meta.append(element("span", {}, count(entry.documents || 0, "document")));
  if (entry.place && entry.place !== entry.id) meta.append(element("bdi", {}, shortened(entry.place, 120)));
  return meta;
}

function fillBody(body, entry, limit) {
  body.replaceChildren();
  if (!entry.answer) return body.append(chips(entry));
  const end = entry.answer.length > limit ? boundary(entry, limit) : entry.answer.length;
  const text = element("div", { class: "text", dir: "auto" });
  entry.flags = entry.flags || flagsOf(entry.answer);
  let done = 0;
  for (const [number, claim] of (entry.claims || []).entries()) {
    const start = Math.max(done, claim.start || 0);
    if (start >= end || claim.end <= start) continue;
    putRead(text, entry.answer, entry.flags, done, start);
    appendClaim(text, entry, claim, number, start, Math.min(end, claim.end));
    done = Math.min(end, claim.end);
  }
  putRead(text, entry.answer, entry.flags, done, end);
  body.append(text);
  if (end < entry.answer.length) body.append(moreButton(body, entry, end));
  if (entry.cut) body.append(cutNote(entry));
  if (entry.text && entry.text !== entry.answer) body.append(shownNode(entry));
}

function boundary(entry, limit) {
  const across = (entry.claims || []).find((c) => (c.start || 0) < limit && c.end > limit);
  const end = across ? Math.min(across.end, 2 * limit) : limit;
  const low = entry.answer.charCodeAt(end);
  return low >= 0xdc00 && low <= 0xdfff ? end + 1 : end;
}

function appendClaim(text, entry, claim, number, start, end) {
  const node = element("span", claimAttributes(claim, number));
  let done = start;
  for (const [from, to] of claim.faults || []) {
    if (from < done || to > end || to <= from) continue;
    putRead(node, entry.answer, entry.flags, done, from);
    const fault = element("b", { class: "fault" });
    putRead(fault, entry.answer, entry.flags, from, to);
    node.append(fault);
    done = to;
  }
  putRead(node, entry.answer, entry.flags, done, end);
  const [name, look] = appearance(claim);
  node.append(element("span", { class: "unseen" }, ` (${name}) `));
  text.append(node);
  if (FLAGGED.includes(look)) text.append(element("span", { class: `name ${look}`, "aria-hidden": "true" }, name));
}

// What is supported with a score below what the policy keeps is treated as unsupported.
function appearance(claim) {
  const low = claim.label === "supported" && claim.flagged;
  return low ? ["low score", "unsupported"] : [words(claim.label), claim.label];
}

function claimAttributes(claim, number) {
  return { class: `claim ${appearance(claim)[1]}`, role: "button", tabindex: "0", "aria-expanded": "false", "data-claim": String(number), title: "Show the evidence" };
}

function chips(entry) {
  const list = element("ul", { class: "chips" });
  for (const [number, claim] of (entry.claims || []).entries()) {
    const score = claim.score === undefined ? "" : ` ${claim.score.toFixed(2)}`;
    const name = `claim ${number + 1}: ${appearance(claim)[0]}${score}`;
    list.append(element("li", {}, element("span", claimAttributes(claim, number), name)));
  }
  return list;
}

function moreButton(body, entry, end) {
  const rest = entry.answer.length - end;
  const claims = entry.claims.filter((c) => (c.start || 0) >= end).length;
  const label = `Show ${count(rest, "more character")} with ${count(claims, "claim")}`;
  const button = element("button", { type: "button" }, label);
  button.addEventListener("click", () => {
    fillBody(body, entry, Infinity);
    body.closest(".answer").focus();
  });
  return button;
}

function cutNote(entry) {
  const claims = count(entry.hidden || 0, "claim");
  return element("p", { class: "note" },
    `${count(entry.cut, "more character")} with ${claims} are not on this page: reports.jsonl has them.`);
}

function shownNode(entry) {
  const text = shortened(entry.text, START);
  const node = element("div", { class: "text", dir: "auto" });
  putRead(node, text, flagsOf(text), 0, text.length);
  return element("div", { class: "shown" }, element("small", {}, "May be shown instead"), node);
}

function evidenceNode(entry, claim) {
  const panel = element("section", { class: "evidence", id: "evidence", tabindex: "-1", "aria-label": "Evidence" });
  const score = claim.score === undefined ? "" : `probability of support ${claim.score.toFixed(2)}`;
  panel.append(
    element("h4", {}, element("span", { class: `name ${appearance(claim)[1]}` }, words(claim.label)), " ", element("small", {}, score)),
    element("button", { type: "button", class: "close", "aria-label": "Close the evidence" }, "×"));
  const low = appearance(claim)[0] === "low score" && "Its score is below what the policy keeps.";
  const why = [claim.cause && `Cause: ${claim.cause}.`, low, claim.kind && `Not checked: ${claim.kind}.`].filter(Boolean);
  if (why.length) panel.append(element("p", {}, why.join(" ")));
  if (claim.reason) panel.append(element("p", { dir: "auto" }, claim.reason));
  if (claim.findings) panel.append(findingsNode(claim));
  for (const quote of claim.quotes || []) panel.append(quoteNode(entry, quote));
  if (!claim.quotes && !claim.kind) panel.append(element("p", { class: "note" }, "No passage decided about this claim."));
  return panel;
}

function findingsNode({ findings, label }) {
  const missing = label === "supported" ? "not in these words" : "not in the evidence";
  const table = element("table", { class: "findings" });
  const head = ["Compared", "Claimed", "Found"].map((name) => element("th", { scope: "col" }, name));
  const body = element("tbody");
  for (const [kind, status, claimed, found] of findings) {
    const wrong = status === "match" ? "" : "claimed";
    const other = found ? isolated(found) : { missing, match: "the same" }[status] || "another value";
    body.append(element("tr", {},
      element("td", {}, kind),
      element("td", { class: wrong }, claimed ? isolated(claimed) : "–"),
      element("td", { class: status === "missing" ? "" : "found" }, other)));
  }
  table.append(element("thead", {}, element("tr", {}, ...head)), body);
  return table;
}

function quoteNode(entry, [number, start, end]) {
  const passage = entry.passages[number];
  const node = element("blockquote", {}, element("cite", {}, isolated(shortened(passage.source || "evidence", 200))));
  if (!passage.text) {
    node.append(element("p", { class: "note" }, `characters ${start} to ${end} of the document`));
    return node;
  }
  node.append(element("p", { class: "passage", dir: "auto" },
    passage.text.slice(0, start),
    element("mark", {}, passage.text.slice(start, end)),
    passage.text.slice(end)));
  return node;
}
