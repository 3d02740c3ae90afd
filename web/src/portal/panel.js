// The answer panel: asks the server for an answer as HTML, shows it, and keeps address and history true.
// The server renders the same answer for a link opened without JavaScript, so there is one wording.
import { keptAt, momentOf } from "../app/names.js";
import { config, make, say, t } from "./page.js";
import { lost, onBack } from "./recovery.js";

const places = ["parcel", "lon", "x", "plusCode", "oldUnit"];
const isPlace = (search) => places.some((name) => new URLSearchParams(search).has(name));

export function createPanel(map) {
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const size = document.getElementById("panel-size");
  const close = document.getElementById("panel-close");
  const welcome = document.getElementById("welcome");
  let running;
  let unanswered = null; // the question to ask again when the service is back
  let opener = null; // what had the focus before the panel took it
  let shown = location.search;

  function resize(expanded) {
    panel.classList.toggle("expanded", expanded);
    size.setAttribute("aria-expanded", String(expanded));
  }

  function open(isOpen) {
    document.body.classList.toggle("has-answer", isOpen);
    close.hidden = !isOpen;
    if (!isOpen) resize(false);
    map.setPadding();
  }

  function show(html, { focus = true } = {}) {
    body.innerHTML = html;
    body.scrollTop = 0;
    open(true);
    draw();
    if (focus) body.querySelector("h2")?.focus({ preventScroll: true });
  }

  // The answer brings what the map marks: the outline of a parcel, or the place that was asked about.
  function draw({ fit = false } = {}) {
    const outline = body.querySelector("script.answer-geometry");
    const spot = body.querySelector("script.answer-spot");
    map.highlight(outline && JSON.parse(outline.textContent), { fit, past: outline?.hasAttribute("data-past") });
    if (!spot) return;
    const { point, accuracyM } = JSON.parse(spot.textContent);
    map.showPosition(point, accuracyM, { fit });
  }

  async function ask(params, { push = true, fit = false, focus = true } = {}) {
    running?.abort();
    running = new AbortController();
    unanswered = null;
    if (!panel.contains(document.activeElement)) opener = document.activeElement;
    if (!params.has("accuracyM")) map.hidePosition();
    panel.setAttribute("aria-busy", "true");
    say(t("loading"), { lasting: true });
    try {
      const response = await fetch(`/answer?${params}`, { signal: running.signal, headers: { Accept: "text/html" } });
      if (!response.headers.get("content-type")?.startsWith("text/html")) throw new Error(`status ${response.status}`);
      const at = response.headers.get(keptAt);
      show(await response.text(), { focus });
      if (at) tellKept(at);
      if (fit) draw({ fit: true });
      remember(params, push);
      if (at) lost();
      else say("");
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(params, { push, fit, focus });
    } finally {
      panel.removeAttribute("aria-busy");
    }
  }

  // An answer of earlier says so above everything else that it says.
  function tellKept(at) {
    const note = make("p", { className: "kept", role: "status", textContent: t("keptAnswer", { moment: momentOf(at) }) });
    body.querySelector(".answer > header")?.after(note);
  }

  function fail(params, options) {
    const again = make("button", { type: "button", className: "button", textContent: t("retry") });
    unanswered = () => ask(params, options);
    again.addEventListener("click", unanswered);
    const text = navigator.onLine ? t("failed") : t("offline");
    body.replaceChildren(make("article", { className: "answer problem" }, make("p", { textContent: text }), again));
    open(true);
    lost();
  }

  // The address names the parcel once it is known, so that it can be shared as it stands.
  function remember(params, push) {
    const ref = body.querySelector(".answer")?.dataset.link;
    const kept = new URLSearchParams();
    if (ref) kept.set("parcel", ref);
    else for (const [name, value] of params) kept.set(name, value);
    for (const name of ["validAt", "knownAt"]) if (params.get(name)) kept.set(name, params.get(name));
    document.title = [body.querySelector("h2")?.textContent, config.title].filter(Boolean).join(" · ").replace(/\s+/g, " ");
    const address = `/?${kept}${location.hash}`;
    shown = `?${kept}`;
    if (push && address !== location.pathname + location.search + location.hash) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  function clear({ push = true } = {}) {
    running?.abort();
    unanswered = null;
    body.replaceChildren(welcome.content.cloneNode(true));
    open(false);
    map.highlight(null);
    map.hidePosition();
    say("");
    shown = "";
    document.title = config.title;
    if (push) history.pushState(null, "", `/${location.hash}`);
  }

  const api = {
    ask,
    clear,
    /** Close the panel and give the focus back to what had it. */
    close() {
      clear();
      const before = opener?.isConnected && opener !== document.body ? opener : document.getElementById("q");
      (before.closest("details")?.querySelector("summary") ?? before).focus();
      opener = null;
    },
    askParcel: (ref, options) => ask(new URLSearchParams({ parcel: ref }), { fit: true, ...options }),
    askPoint: ([lon, lat], extra = {}, options) =>
      ask(new URLSearchParams({ lon: lon.toFixed(7), lat: lat.toFixed(7), ...extra }), options),
  };

  body.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-parcel]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    api.askParcel(link.dataset.parcel);
  });
  body.addEventListener("submit", (event) => {
    if (!event.target.matches(".as-of")) return;
    event.preventDefault();
    ask(new URLSearchParams(new FormData(event.target)), { fit: false });
  });
  size.addEventListener("click", () => resize(!panel.classList.contains("expanded")));
  dragToResize(document.querySelector(".panel-grip"), resize);
  close.addEventListener("click", () => api.close());
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("#search"); // there Escape belongs to the suggestions
    if (event.key === "Escape" && !elsewhere && document.body.classList.contains("has-answer")) api.close();
  });
  window.addEventListener("popstate", () => {
    if (location.search === shown) return; // only the map moved
    shown = location.search;
    const params = new URLSearchParams(location.search);
    if (isPlace(location.search)) ask(params, { push: false });
    else if (params.has("q")) location.reload();
    else clear({ push: false });
  });
  onBack(() => unanswered?.());
  window.addEventListener("beforeprint", () => unfold(body));

  const opened = document.body.classList.contains("has-answer");
  close.hidden = !opened;
  map.setPadding();
  if (opened) draw({ fit: !location.hash });
  else if (isPlace(location.search)) { // without a network the map was kept, not this page
    ask(new URLSearchParams(location.search), { push: false, focus: false, fit: !location.hash });
  }
  return api;
}

// Paper has nothing to open: print what is folded away, and fold it again afterwards.
function unfold(body) {
  const folded = [...body.querySelectorAll("details:not([open])")];
  folded.forEach((each) => { each.open = true; });
  window.addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }), { once: true });
}

// On a phone the sheet follows the direction of a short drag on its grip.
function dragToResize(grip, resize) {
  let start = null;
  grip.addEventListener("pointerdown", (event) => { start = event.clientY; });
  window.addEventListener("pointerup", (event) => {
    if (start !== null && Math.abs(event.clientY - start) > 24) resize(event.clientY < start);
    start = null;
  });
}
