"use strict";

/* Offsets of claims count Unicode code points, as the guard does; texts are kept as lists of them. */
const turns = [];
const find = (id) => document.getElementById(id);
const form = find("ask");
let running = null;

function headers() {
  const key = find("key").value.trim();
  return { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
}

function notify(text) {
  find("notice").textContent = text;
  find("notice").hidden = !text;
}

async function explain(response) {
  if (response.status === 401) find("key-row").hidden = false;
  const told = await response.json().catch(() => ({}));
  const error = told.error && told.error.message ? told.error.message : told.detail;
  return error || `The server answered with status ${response.status}.`;
}

async function loadModels() {
  const select = find("model");
  try {
    const response = await fetch("/v1/models", { headers: headers() });
    if (!response.ok) throw new Error(await explain(response));
    const names = ((await response.json()).data || []).map((model) => String(model.id));
    if (!names.length) throw new Error("The upstream names no model.");
    select.replaceChildren(...names.map((name) => new Option(name, name)));
    select.disabled = false;
    notify("");
  } catch (error) {
    notify(error.message);
  }
}

function makeTurn(question) {
  const item = find("turn").content.firstElementChild.cloneNode(true);
  const turn = {
    question, item, shown: [], written: [], claims: [], flagged: [], over: false,
    reader: item.querySelector(".reader .text"), model: item.querySelector(".model .text"),
    state: item.querySelector(".state"), detail: item.querySelector(".detail"),
  };
  item.querySelector(".asked").textContent = question;
  turn.reader.classList.add("waiting");
  find("turns").append(item);
  turns.push(turn);
  return turn;
}

/* Puts a part of a text into a node: Markdown as people read it, or as it is written. */
function fill(node, text, flags, from, to, opening) {
  if (find("written").checked) return node.append(text.slice(from, to));
  for (const [at, read, look] of runsOf(text, flags, from, to)) {
    const address = opening && look & LINKED && addressAt(flags, at);
    const inner = address ? makeLink(address) : node;
    if (address) node.append(inner);
    dress(inner, look).append(read);
  }
}

function makeLink(address) {
  const link = document.createElement("a");
  Object.assign(link, { href: address, title: address, target: "_blank", rel: "noopener noreferrer" });
  return link;
}

/* A span, for a button of several lines is a block, behind which a new line begins. */
function makeClaim(turn, claim, write) {
  const node = document.createElement("span");
  node.className = `claim ${claim.label}`;
  node.tabIndex = 0;
  node.setAttribute("role", "button");
  node.setAttribute("aria-expanded", String(turn.open === claim));
  write(node);
  node.addEventListener("click", () => toggle(turn, claim));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    toggle(turn, claim);
  });
  return node;
}

/* A claim is a button, which holds no link; what it links to opens behind it. */
function fillArrows(node, flags, from, to) {
  if (find("written").checked) return;
  for (const [begin] of flags.links.filter(([begin]) => from <= begin && begin < to)) {
    const address = addressAt(flags, begin);
    if (!address) continue;
    const link = makeLink(address);
    link.className = "arrow";
    link.setAttribute("aria-label", `Open ${address}`);
    link.textContent = "↗";
    node.append(link);
  }
}

/* Where each letter begins in the text, which counts UTF-16 units. */
function placesOf(letters) {
  let at = 0;
  return [0, ...letters.map((letter) => (at += letter.length))];
}

/* The text with its claims as buttons, in their order; what lies between them stays text. */
function draw(turn, place, letters, claims) {
  const text = letters.join("");
  const flags = flagsOf(text);
  const places = placesOf(letters);
  const made = document.createDocumentFragment();
  let at = 0;
  for (const claim of [...claims].sort((a, b) => a.start - b.start)) {
    if (claim.start < at || claim.end > letters.length) continue;
    const from = places[claim.start];
    const to = places[claim.end];
    fill(made, text, flags, places[at], from, true);
    if (claim.label === "no_claim") {
      fill(made, text, flags, from, to, true);
    } else {
      made.append(makeClaim(turn, claim, (node) => fill(node, text, flags, from, to, false)));
      fillArrows(made, flags, from, to);
    }
    at = claim.end;
  }
  fill(made, text, flags, places[at], text.length, true);
  const reached = () => [...place.querySelectorAll("[role=button], a")];
  const focused = reached().indexOf(document.activeElement);
  place.replaceChildren(made);
  if (focused >= 0) reached()[focused]?.focus();
}

function redraw(turn) {
  draw(turn, turn.reader, turn.shown, turn.claims);
  draw(turn, turn.model, turn.written, turn.flagged);
  turn.reader.classList.toggle("waiting", !turn.over);
  turn.reader.setAttribute("aria-busy", String(!turn.over));
  if (turn === turns.at(-1) && !turn.open) turn.item.scrollIntoView({ block: "nearest" });
}

function add(parent, name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  parent.append(made);
  return made;
}

function toggle(turn, claim) {
  turn.open = turn.open === claim ? null : claim;
  turn.detail.hidden = !turn.open;
  turn.detail.replaceChildren();
  if (turn.open) {
    const score = claim.score === null ? "" : ` (${claim.score.toFixed(2)})`;
    const why = claim.reason ? `: ${claim.reason}` : "";
    add(turn.detail, "p", `${claim.label[0].toUpperCase()}${claim.label.slice(1)}${score}${why}`);
    for (const clash of claim.reason ? [] : claim.conflicts) {
      add(turn.detail, "p", `It says ${clash.claimed}; the evidence says ${clash.found}.`);
    }
    for (const quote of claim.quotes) {
      const block = add(turn.detail, "blockquote", quote.text);
      add(block, "cite", quote.source);
    }
    if (!claim.quotes.length) add(turn.detail, "p", "No sentence of the evidence decided this.");
  }
  redraw(turn);
}

const HANDLERS = {
  model: (turn, event) => turn.written.push(...event.text),
  shown: (turn, event) => turn.shown.push(...event.text),
  claims: (turn, event) => turn.claims.push(...event.claims),
  repaired: (turn, event) => turn.flagged.push(...event.claims),
  removed: (turn, event) => turn.flagged.push(...event.claims),
  blocked: (turn, event) => {
    const joint = turn.shown.length && !event.text.startsWith("\n") ? "\n\n" : "";
    turn.shown.push(...joint, ...event.text);
  },
  done: (turn, event) => {
    turn.over = true;
    turn.state.textContent = event.checked ? event.reason : event.reason || "Nothing was checked.";
  },
  error: (turn, event) => {
    turn.over = true;
    turn.state.textContent = `Broken off: ${event.text}`;
  },
};

async function read(response, turn) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const pieces = (rest + value).split("\n\n");
    rest = pieces.pop();
    for (const piece of pieces) {
      if (!piece.startsWith("data: ")) continue;
      const event = JSON.parse(piece.slice(6));
      if (HANDLERS[event.kind]) HANDLERS[event.kind](turn, event);
    }
    redraw(turn);
  }
}

async function ask(question) {
  const messages = turns
    .filter((turn) => turn.over && turn.shown.length)
    .flatMap((turn) => [
      { role: "user", content: turn.question },
      { role: "assistant", content: turn.shown.join("") },
    ]);
  const turn = makeTurn(question);
  running = new AbortController();
  find("stop").hidden = false;
  redraw(turn);
  form.querySelector("[type=submit]").disabled = true;
  try {
    const response = await fetch("/page/ask", {
      method: "POST",
      headers: headers(),
      signal: running.signal,
      body: JSON.stringify({
        model: find("model").value,
        messages: [...messages, { role: "user", content: question }],
        passages: find("passages").checked,
      }),
    });
    if (!response.ok) throw new Error(await explain(response));
    await read(response, turn);
    if (!turn.over) throw new Error("The server ended the answer.");
  } catch (error) {
    turn.over = true;
    turn.state.textContent = error.name === "AbortError" ? "Stopped." : error.message;
  } finally {
    running = null;
    find("stop").hidden = true;
    form.querySelector("[type=submit]").disabled = false;
    redraw(turn);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = find("question").value.trim();
  if (!question || running) return;
  find("question").value = "";
  ask(question);
});
find("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
find("stop").addEventListener("click", () => running && running.abort());
find("key").addEventListener("change", loadModels);
find("written").addEventListener("change", () => turns.forEach(redraw));
loadModels();
