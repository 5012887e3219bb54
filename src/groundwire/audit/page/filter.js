// Which answers are listed, and in what order.

const FACETS = 8;
const VALUES = 60;
const SORTS = {
  worst: (a, b) => a.order - b.order,
  input: (a, b) => a.index - b.index,
  longest: (a, b) => b.length - a.length || a.order - b.order,
  shortest: (a, b) => a.length - b.length || a.order - b.order,
};

const entries = [];
const state = { query: "", label: "", cause: "", action: "", sort: "worst", fields: new Map(), written: false };

function addBlock(script) {
  for (const entry of JSON.parse(script.textContent)) {
    entry.order = entries.length;
    entry.length = entry.length || 0;
    entries.push(entry);
  }
  script.remove();
}

function haystack(entry) {
  if (entry.words === undefined) {
    const fields = Object.entries(entry.fields || {}).map(([name, value]) => `${name}: ${value}`);
    entry.words = [entry.id, entry.question, entry.answer, entry.place, ...fields].join("\n").toLowerCase();
  }
  return entry.words;
}

function matching() {
  const terms = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const fields = [...state.fields].filter(([, value]) => value !== "");
  const kept = entries.filter((entry) =>
    (!state.action || entry.action === state.action)
    && fields.every(([name, value]) => String(entry.fields?.[name]) === value)
    && hasClaim(entry)
    && terms.every((term) => haystack(entry).includes(term)));
  return kept.sort(SORTS[state.sort]);
}

function hasClaim(entry) {
  if (!state.label && !state.cause) return true;
  return (entry.claims || []).some((claim) =>
    (!state.label || claim.label === state.label) && (!state.cause || claim.cause === state.cause));
}

function tally(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  return counts;
}

function fillSelect(select, counts) {
  const rows = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  for (const [value, n] of rows) {
    const option = element("option", {}, `${shortened(words(value), 40)} (${n.toLocaleString("en")})`);
    option.value = value;
    select.append(option);
  }
}

function fillFilters() {
  const claims = entries.map((entry) => entry.claims || []);
  const each = (key) => claims.flatMap((list) => [...new Set(list.map((c) => c[key]))].filter(Boolean));
  fillSelect($("#label"), tally(each("label")));
  fillSelect($("#cause"), tally(each("cause")));
  fillSelect($("#action"), tally(entries.map((entry) => entry.action)));
  for (const [name, counts] of facets()) addFacet(name, counts);
}

function facets() {
  const fields = new Map();
  for (const entry of entries) {
    for (const [name, value] of Object.entries(entry.fields || {})) {
      const counts = fields.get(name) || new Map();
      if (counts.size <= VALUES) counts.set(String(value), (counts.get(String(value)) || 0) + 1);
      fields.set(name, counts);
    }
  }
  const useful = [...fields].filter(([, counts]) => counts.size > 1 && counts.size <= VALUES);
  return useful.sort(([a, m], [b, n]) => m.size - n.size || (a < b ? -1 : 1)).slice(0, FACETS);
}

function addFacet(name, counts) {
  const select = element("select", {}, element("option", { value: "" }, "any"));
  select.dataset.field = name;
  fillSelect(select, counts);
  $("#facets").append(element("label", {}, isolated(shortened(name, 30)), select));
}
