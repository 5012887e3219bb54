// The page: listing, evidence, keys, theme.

const PAGE = 25;
const THEMES = ["auto", "light", "dark"];
let listed = [];
let page = 0;

function ready() {
  return document.documentElement.dataset.ready === "true";
}

function refresh() {
  listed = matching();
  page = 0;
  renderPage();
}

function renderPage() {
  const pages = Math.max(1, Math.ceil(listed.length / PAGE));
  const part = listed.slice(page * PAGE, (page + 1) * PAGE);
  $("#list").replaceChildren(...part.map(answerNode));
  const all = entries.length.toLocaleString("en");
  if (ready()) $("#status").textContent = listed.length === entries.length
    ? count(entries.length, "answer")
    : `${listed.length.toLocaleString("en")} of ${all} answers`;
  $("#page").textContent = `Page ${(page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
  $("#pages").hidden = pages === 1;
  $("#previous").disabled = page === 0;
  $("#next").disabled = page === pages - 1;
  markWords();
}

function turn(step, last = false) {
  const target = page + step;
  if (target < 0 || target * PAGE >= listed.length) return;
  page = target;
  renderPage();
  const nodes = document.querySelectorAll(".answer");
  reach(nodes[last ? nodes.length - 1 : 0]);
}

function reach(node) {
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: node.offsetHeight > innerHeight * 0.7 ? "start" : "nearest", behavior: "instant" });
}

function markWords() {
  if (!window.Highlight || !CSS.highlights) return;
  const terms = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const ranges = [];
  const walker = document.createTreeWalker($("#list"), NodeFilter.SHOW_TEXT);
  while (terms.length && ranges.length < 2000 && walker.nextNode()) {
    const text = walker.currentNode.data.toLowerCase();
    for (const term of terms) ranges.push(...rangesOf(walker.currentNode, text, term));
  }
  CSS.highlights.set("search", new Highlight(...ranges));
}

function rangesOf(node, text, term) {
  const ranges = [];
  if (text.length !== node.data.length) return ranges;
  for (let at = text.indexOf(term); at >= 0 && ranges.length < 200; at = text.indexOf(term, at + term.length)) {
    const range = new Range();
    range.setStart(node, at);
    range.setEnd(node, at + term.length);
    ranges.push(range);
  }
  return ranges;
}

function toggleEvidence(claim) {
  const open = claim.getAttribute("aria-expanded") === "true";
  closeEvidence();
  if (open) return;
  const article = claim.closest(".answer");
  const panel = evidenceNode(article.entry, article.entry.claims[claim.dataset.claim]);
  article.append(panel);
  claim.setAttribute("aria-expanded", "true");
  claim.setAttribute("aria-controls", "evidence");
  claim.focus({ preventScroll: true });
  $("#announce").textContent = `Evidence: ${panel.textContent.slice(0, 400)}`;
  panel.scrollIntoView({ block: "nearest" });
}

function closeEvidence(refocus = false) {
  const claim = $('.claim[aria-expanded="true"]');
  if (!claim) return false;
  claim.setAttribute("aria-expanded", "false");
  claim.removeAttribute("aria-controls");
  $("#evidence").remove();
  if (refocus) claim.focus();
  return true;
}

function showAnswer(index) {
  const entry = entries.find((one) => one.index === index);
  if (!entry) {
    $("#status").textContent = `Answer ${index} is not among those on this page: reports.jsonl has it.`;
    $("#answers").scrollIntoView();
    return;
  }
  if (!listed.includes(entry)) clearFilters();
  page = Math.floor(listed.indexOf(entry) / PAGE);
  renderPage();
  reach(document.getElementById(`answer-${index}`));
}

function clearFilters() {
  $("#filters").reset();
  readFilters();
}

function readFilters() {
  for (const name of ["query", "label", "cause", "action", "sort"]) state[name] = $(`#${name}`).value;
  state.fields = new Map([...document.querySelectorAll("#facets select")].map((s) => [s.dataset.field, s.value]));
  refresh();
}

function step(forward) {
  const nodes = [...document.querySelectorAll(".answer")];
  const here = nodes.indexOf(document.activeElement.closest(".answer"));
  const next = here < 0 && !forward ? -1 : here + (forward ? 1 : -1);
  if (nodes[next]) reach(nodes[next]);
  else if (here >= 0) turn(forward ? 1 : -1, !forward);
}

function stepClaim(forward) {
  const article = document.activeElement.closest(".answer") || $(".answer");
  if (!article) return;
  const claims = [...article.querySelectorAll(".claim")];
  const next = claims.indexOf(document.activeElement) + (forward ? 1 : -1);
  claims[(next + claims.length) % claims.length]?.focus();
}

const KEYS = {
  "/": () => { $("#query").focus(); $("#query").select(); },
  j: () => step(true),
  k: () => step(false),
  n: () => stepClaim(true),
  p: () => stepClaim(false),
  t: () => changeTheme(),
  "?": () => $("#help").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("#help").open) return;
  const target = event.target;
  if (event.key === "Escape") {
    if (target.matches("input, select")) target.blur();
    else closeEvidence(true);
  } else if (target.matches("input, select")) {
    return;
  } else if (event.key === "Enter" || event.key === " ") {
    onEnter(event);
  } else if ($("#keys").checked && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

function onEnter(event) {
  const target = event.target;
  const claim = target.matches("[data-claim]") ? target
    : event.key === "Enter" && target.matches(".answer") ? firstFlagged(target) : null;
  if (!claim) return;
  event.preventDefault();
  toggleEvidence(claim);
}

function firstFlagged(article) {
  const flagged = FLAGGED.map((label) => `.claim.${label}`).join(", ");
  return article.querySelector(flagged) || article.querySelector(".claim");
}

function changeTheme(wanted) {
  const root = document.documentElement;
  const now = THEMES.indexOf(root.dataset.theme || "auto");
  const theme = wanted || THEMES[(now + 1) % THEMES.length];
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  $("#theme").textContent = `Theme: ${theme}`;
  try { localStorage.setItem("groundwire-theme", theme); } catch { /* no storage for local files */ }
}

function changeText() {
  state.written = !state.written;
  $("#text").textContent = `Text: as ${state.written ? "written" : "read"}`;
  renderPage();
}

function storedTheme() {
  try { return localStorage.getItem("groundwire-theme"); } catch { return null; }
}

function enablePicks() {
  for (const node of document.querySelectorAll("[data-pick]")) {
    const { pick, field, value } = node.dataset;
    const selects = [...document.querySelectorAll("#facets select")];
    const select = pick === "field" ? selects.find((s) => s.dataset.field === field) : $(`#${pick}`);
    if (!select || ![...select.options].some((o) => o.value === value)) continue;
    const button = element("button", { type: "button", class: "pick", title: "Show these answers" });
    button.append(...node.childNodes);
    button.addEventListener("click", () => {
      $("#filters").reset();
      select.value = value;
      readFilters();
      $("#answers").scrollIntoView();
    });
    node.append(button);
  }
}

function listen() {
  $("#filters").addEventListener("submit", (event) => event.preventDefault());
  $("#clear").addEventListener("click", clearFilters);
  $("#filters").addEventListener("input", readFilters);
  $("#previous").addEventListener("click", () => turn(-1));
  $("#next").addEventListener("click", () => turn(1));
  $("#theme").addEventListener("click", () => changeTheme());
  $("#text").addEventListener("click", changeText);
  $("#help-open").addEventListener("click", () => $("#help").showModal());
  $("#list").addEventListener("click", (event) => {
    const name = event.target.closest(".text .name");
    const claim = name ? name.previousElementSibling : event.target.closest("[data-claim]");
    if (claim && getSelection().isCollapsed) toggleEvidence(claim);
    if (event.target.closest(".close")) closeEvidence(true);
  });
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", followHash);
  new ResizeObserver(measureBar).observe($("#filters"));
}

function measureBar() {
  const bar = $("#filters");
  const height = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
  document.documentElement.style.setProperty("--bar", `${height}px`);
}

function followHash() {
  const found = /^#answer-(\d+)$/.exec(location.hash);
  if (found) showAnswer(Number(found[1]));
}

function readBlocks(blocks) {
  const until = performance.now() + 12;
  while (blocks.length && performance.now() < until) addBlock(blocks.shift());
  if (blocks.length) return setTimeout(readBlocks, 0, blocks);
  document.documentElement.dataset.ready = "true";
  fillFilters();
  enablePicks();
  readFilters();
  followHash();
}

changeTheme(THEMES.find((theme) => theme === storedTheme()) || "auto");
listen();
const blocks = [...document.querySelectorAll("script.entries")];
if (blocks.length) addBlock(blocks.shift());
refresh();
setTimeout(readBlocks, 0, blocks);
