// The search box: an ARIA combobox over /api/v1/search. Enter takes the marked suggestion, or the first one unless
// another parcel fits as well: which of them is meant only the reader knows.
import { config, make, say, t } from "./page.js";
import { lost, onBack } from "./recovery.js";

const waitMs = 180;
const limit = 8;
const communeZoom = 13;

const isDoubtful = ([first, second]) => first?.kind === "parcel" && second?.kind === "parcel" && first.score === second.score;

export function createSearch(map, panel) {
  const form = document.getElementById("search");
  const input = document.getElementById("q");
  const list = document.getElementById("suggestions");
  let results = [];
  let marked = -1;
  let waiting;
  let running;
  let unanswered = null;

  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions",
  })) input.setAttribute(name, value);

  async function suggest(text) {
    running?.abort();
    unanswered = null;
    if (text.length < 2) return show([]);
    running = new AbortController();
    try {
      const query = new URLSearchParams({ q: text, limit });
      const response = await fetch(`/api/v1/search?${query}`, {
        signal: running.signal,
        headers: { "Accept-Language": config.language },
      });
      const body = await response.json();
      if (!response.ok) return show([], body.detail ?? body.title);
      return show(body.results, body.results.length ? "" : t("noResults"));
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      show([], navigator.onLine ? t("failed") : t("offline"));
      unanswered = text;
      lost();
    }
    return undefined;
  }

  function show(found, note = "") {
    results = found;
    mark(-1);
    list.replaceChildren(...found.map(option));
    if (note) list.append(make("li", { className: "note", role: "option", "aria-disabled": "true", textContent: note }));
    const open = list.children.length > 0;
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (found.length) say(t("resultCount", { count: found.length }));
  }

  function option(result, index) {
    const item = make("li", { role: "option", id: `suggestion-${index}`, "aria-selected": "false" },
      make("span", { className: "label", textContent: result.label }),
      make("span", { className: "kind", textContent: t(`kind.${result.kind}`) }),
      make("span", { className: "detail", textContent: [result.detail, result.note].filter(Boolean).join(" · ") }));
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(result));
    return item;
  }

  function mark(index) {
    marked = index;
    [...list.querySelectorAll("[id]")].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `suggestion-${index}`);
      list.children[index].scrollIntoView({ block: "nearest" });
    }
  }

  function choose(result) {
    input.value = result.label;
    show([]);
    if (result.kind === "parcel") return panel.askParcel(result.parcel ?? result.ref);
    if (result.kind === "coordinate" || result.kind === "plusCode") {
      map.goTo(result.point, 18);
      return panel.askPoint(result.point);
    }
    if (result.bbox) map.fitBox(result.bbox);
    else if (result.point) map.goTo(result.point, communeZoom);
    map.focus();
    return undefined;
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(input.value.trim()), waitMs);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && results.length) {
      event.preventDefault();
      mark((marked + step + results.length + (marked < 0 && step < 0 ? 1 : 0)) % results.length);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      show([]);
    }
  });
  input.addEventListener("blur", () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); });
  input.addEventListener("focus", () => { if (list.children.length) { list.hidden = false; input.setAttribute("aria-expanded", "true"); } });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    if (marked < 0) {
      await suggest(input.value.trim());
      if (isDoubtful(results)) return mark(0);
    }
    const result = results[Math.max(marked, 0)];
    if (result) choose(result);
  });
  onBack(() => { if (unanswered !== null && unanswered === input.value.trim()) suggest(unanswered); });
  document.addEventListener("click", (event) => {
    const example = event.target.closest("a[data-example]");
    if (!example) return;
    event.preventDefault();
    input.value = example.dataset.example;
    input.focus();
    suggest(input.value);
  });
}
