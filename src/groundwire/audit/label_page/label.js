
"use strict";
(() => {
  const data = document.getElementById("data");
  const rows = JSON.parse(data.textContent);
  const key = "groundwire-labels-" + data.dataset.name;
  const byId = (id) => document.getElementById(id);
  const labels = new Map(stored());
  let at = rows.findIndex((row) => !labels.has(row.index));
  if (at < 0) at = 0;

  function stored() {
    try {
      return JSON.parse(localStorage.getItem(key) || "[]");
    } catch {
      return [];
    }
  }

  function keep() {
    try {
      localStorage.setItem(key, JSON.stringify([...labels]));
    } catch {
      // The browser keeps nothing for this page: the download has the labels.
    }
  }

  function element(name, kind, text) {
    const made = document.createElement(name);
    made.className = kind;
    made.textContent = text;
    return made;
  }

  // Offsets count code points; a JavaScript string counts UTF-16 units.
  function marked(answer, claims) {
    const points = Array.from(answer);
    const parts = [];
    let end = 0;
    for (const claim of [...claims].sort((a, b) => a.start - b.start)) {
      const start = Math.max(claim.start, end);
      if (claim.end <= start) continue;
      parts.push(document.createTextNode(points.slice(end, start).join("")));
      parts.push(element("span", "claim", points.slice(start, claim.end).join("")));
      end = claim.end;
    }
    parts.push(document.createTextNode(points.slice(end).join("")));
    return parts;
  }

  function context(one) {
    const box = element("div", "context", "");
    box.append(element("p", "source", one.source), element("p", "text", one.text));
    return box;
  }

  function show() {
    const row = rows[at];
    byId("question").textContent = row.question || "Not recorded.";
    byId("answer").replaceChildren(...marked(row.answer, row.claims));
    const found = row.contexts.map(context);
    byId("contexts").replaceChildren(
      ...(found.length ? found : [element("p", "text", "The verifier quoted nothing.")]),
    );
    const given = [...labels.values()].filter((label) => label !== "skip").length;
    byId("progress").textContent =
      `Answer ${at + 1} of ${rows.length} (${row.answer_id}); ${given} labeled, ` +
      `${labels.size - given} unsure`;
    byId("bar").value = labels.size;
    for (const label of ["faithful", "hallucinated", "skip"]) {
      byId(label).setAttribute("aria-pressed", String(labels.get(row.index) === label));
    }
    window.scrollTo(0, 0);
  }

  function give(label) {
    labels.set(rows[at].index, label);
    keep();
    move(1);
  }

  function move(step) {
    at = Math.min(rows.length - 1, Math.max(0, at + step));
    show();
  }

  function save() {
    const lines = rows
      .filter((row) => labels.has(row.index))
      .map((row) => JSON.stringify({
        index: row.index, answer_id: row.answer_id, label: labels.get(row.index),
      }) + "\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
    link.download = "labels.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const actions = {
    faithful: () => give("faithful"),
    hallucinated: () => give("hallucinated"),
    skip: () => give("skip"),
    back: () => move(-1),
    forward: () => move(1),
    save,
  };
  for (const [id, action] of Object.entries(actions)) {
    byId(id).addEventListener("click", action);
  }
  const keys = { 1: "faithful", 2: "hallucinated", " ": "skip", ArrowLeft: "back", ArrowRight: "forward" };
  document.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    event.preventDefault();
    actions[action]();
  });
  show();
})();
