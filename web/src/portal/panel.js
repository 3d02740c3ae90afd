// The answer panel: asks the server for an answer as HTML, shows it, and keeps address and history true.
// The server renders the same answer for a link opened without JavaScript, so there is one wording.
import { config, make, say, t } from "./page.js";

export function createPanel(map) {
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const size = document.getElementById("panel-size");
  const close = document.getElementById("panel-close");
  const welcome = document.querySelector(".welcome")?.outerHTML ?? null;
  let running;

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
    drawGeometry();
    if (focus) body.querySelector("h2")?.focus({ preventScroll: true });
  }

  function drawGeometry({ fit = false } = {}) {
    const block = body.querySelector("script.answer-geometry");
    map.highlight(block ? JSON.parse(block.textContent) : null, { fit });
  }

  async function ask(params, { push = true, fit = false, focus = true } = {}) {
    running?.abort();
    running = new AbortController();
    panel.setAttribute("aria-busy", "true");
    say(t("loading"), { lasting: true });
    try {
      const response = await fetch(`/answer?${params}`, { signal: running.signal, headers: { Accept: "text/html" } });
      if (!response.headers.get("content-type")?.startsWith("text/html")) throw new Error(`status ${response.status}`);
      show(await response.text(), { focus });
      if (fit) drawGeometry({ fit: true });
      remember(params, push);
      say("");
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(params, error);
    } finally {
      panel.removeAttribute("aria-busy");
    }
  }

  function fail(params) {
    const again = make("button", { type: "button", className: "button", textContent: t("retry") });
    again.addEventListener("click", () => ask(params));
    const text = navigator.onLine ? t("failed") : t("offline");
    body.replaceChildren(make("article", { className: "answer problem" }, make("p", { textContent: text }), again));
    open(true);
    say(text);
  }

  // The address names the parcel once it is known, so that it can be shared as it stands.
  function remember(params, push) {
    const ref = body.querySelector(".answer")?.dataset.ref;
    const kept = new URLSearchParams();
    if (ref) kept.set("parcel", ref);
    else for (const [name, value] of params) if (name !== "accuracyM") kept.set(name, value);
    for (const name of ["validAt", "knownAt"]) if (params.get(name)) kept.set(name, params.get(name));
    document.title = [body.querySelector("h2")?.textContent, config.title].filter(Boolean).join(" · ");
    const address = `/?${kept}${location.hash}`;
    if (push && address !== location.pathname + location.search + location.hash) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  function clear({ push = true } = {}) {
    running?.abort();
    if (welcome) body.innerHTML = welcome;
    else body.replaceChildren();
    open(false);
    map.highlight(null);
    document.title = config.title;
    if (push) history.pushState(null, "", `/${location.hash}`);
  }

  const api = {
    ask,
    clear,
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
  close.addEventListener("click", () => { clear(); document.getElementById("q").focus(); });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close.click(); });
  window.addEventListener("popstate", () => {
    const params = new URLSearchParams(location.search);
    if (params.has("parcel") || params.has("lon")) ask(params, { push: false });
    else clear({ push: false });
  });

  const opened = document.body.classList.contains("has-answer");
  close.hidden = !opened;
  map.setPadding();
  if (opened) drawGeometry({ fit: !location.hash });
  return api;
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
