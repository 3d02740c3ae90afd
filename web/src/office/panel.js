// The panel beside the map: the inspector of a parcel, or what a tool shows. Address and history follow.
import { config, make, say, t } from "../portal/page.js";
import { onBack, lost } from "../portal/recovery.js";
import { unitRef } from "../parcel_ref.js";
import { get, part, Problem } from "./api.js";
import { problemBox } from "./problem.js";

export function createPanel(map) {
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const size = document.getElementById("panel-size");
  const close = document.getElementById("panel-close");
  const welcome = document.getElementById("welcome");
  const listeners = [];
  let openDraft = null; // what a link to a draft does
  let shut = false; // the empty workspace, on a narrow screen
  let running = null;
  let unanswered = null;
  let chosen = null; // { ref, name, parcel, neighbours }: asked for by ref, told by name

  function resize(expanded) {
    panel.classList.toggle("expanded", expanded);
    size.setAttribute("aria-expanded", String(expanded));
  }

  function open(isOpen) {
    document.body.classList.toggle("has-answer", isOpen);
    document.body.classList.remove("has-drafts");
    close.hidden = !isOpen;
    if (!isOpen) resize(false);
    map.setPadding();
  }

  /** Load the exact shape of a parcel and of those who touch it, in the working system. */
  async function load(ref, signal) {
    const crs = part(config.working.code);
    const [parcel, around] = await Promise.all([
      get(`/parcels/${part(ref)}?crs=${crs}`, { signal }),
      get(`/parcels/${part(ref)}/neighbours?crs=${crs}`, { signal }),
    ]);
    return { ref: parcel.code ?? ref, name: parcel.ref ?? ref, parcel, neighbours: around.neighbours ?? [] };
  }

  async function refAt([lon, lat]) {
    const spot = `${lon.toFixed(8)},${lat.toFixed(8)}`;
    const { features } = await get(`/parcels?bbox=${spot},${spot}&limit=5`);
    return features[0] && (features[0].properties.code ?? unitRef(features[0].id));
  }

  function tell() {
    listeners.forEach((listener) => listener(chosen));
  }

  async function ask(ref, { push = true, focus = true, fit = true } = {}) {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    unanswered = null;
    panel.setAttribute("aria-busy", "true");
    say(t("loading"), { lasting: true });
    try {
      const response = await fetch(`/office/inspector?parcel=${part(ref)}`, { signal, headers: { Accept: "text/html" } });
      if (response.status === 401) throw new Problem(await response.json());
      if (!response.headers.get("content-type")?.startsWith("text/html")) throw new Error(`status ${response.status}`);
      const html = await response.text();
      const found = response.ok ? await load(ref, signal) : null;
      body.innerHTML = html;
      body.scrollTop = 0;
      chosen = found;
      open(true); // before the map moves: its padding stops a movement that has begun
      if (found) map.choose(found.parcel, found.neighbours, { fit });
      else map.clear();
      remember(response.ok ? body.querySelector(".inspector")?.dataset.link ?? ref : ref, push);
      if (focus) body.querySelector("h2")?.focus({ preventScroll: true });
      say("");
      tell();
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(error, () => ask(ref, { push, focus, fit }));
    } finally {
      if (!signal.aborted) {
        panel.removeAttribute("aria-busy");
        running = null;
      }
    }
  }

  function fail(error, again) {
    if (error instanceof Problem) return api.show(problemBox(error.body));
    const retry = make("button", { type: "button", className: "button", textContent: t("retry") });
    retry.addEventListener("click", again);
    unanswered = again;
    api.show(make("article", { className: "answer problem" }, make("p", { textContent: navigator.onLine ? t("failed") : t("offline") }), retry));
    lost();
    return undefined;
  }

  function remember(ref, push) {
    document.title = [body.querySelector("h2")?.textContent, t("title")].filter(Boolean).join(" · ");
    const address = `/office?parcel=${part(ref)}${location.hash}`;
    if (push && `?parcel=${part(ref)}` !== location.search) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  const api = {
    ask,
    body,
    get chosen() { return chosen; },
    /** What is being asked for; null when nothing is. */
    get asking() { return running; },
    /** Call back when another parcel is chosen, or none. */
    onChoice: (listener) => listeners.push(listener),
    onDraft(listener) { openDraft = listener; },
    askParcel: (ref) => ask(ref),
    /** Return the exact parcel at a place, null where none is; nothing is shown. */
    async find(lonLat) {
      const ref = await refAt(lonLat);
      return ref ? load(ref) : null;
    },
    /** Return the exact parcel of a reference; nothing is shown. */
    fetch: (ref) => load(ref),
    async askPoint([lon, lat]) {
      try {
        const ref = await refAt([lon, lat]);
        if (ref) await ask(ref, { fit: false });
        else say(t("noParcelHere"));
      } catch (error) {
        fail(error, () => api.askPoint([lon, lat]));
      }
    },
    /** Choose a parcel on the map without its panel: a draft goes on. A retired one is not shown. */
    async load(ref) {
      try {
        chosen = await load(ref);
        map.choose(chosen.parcel, chosen.neighbours);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        chosen = null;
      }
    },
    /** Show something of a tool in the panel. */
    show(...content) {
      body.replaceChildren(...content);
      body.scrollTop = 0;
      open(true);
      body.querySelector("h2")?.focus({ preventScroll: true });
    },
    /** On a narrow screen the empty workspace lies behind the map: bring it up for its drafts, until somebody shuts it. */
    offer() {
      if (shut || document.body.classList.contains("has-answer")) return;
      document.body.classList.add("has-drafts");
      close.hidden = false;
      map.setPadding();
    },
    /** The chosen parcel is no more: nothing can be done with it. */
    forget() { chosen = null; },
    busy: (isBusy) => (isBusy ? panel.setAttribute("aria-busy", "true") : panel.removeAttribute("aria-busy")),
    clear({ push = true } = {}) {
      running?.abort();
      running = null;
      chosen = null;
      body.replaceChildren(welcome.content.cloneNode(true));
      open(false);
      map.clear();
      say("");
      document.title = t("title");
      if (push) history.pushState(null, "", `/office${location.hash}`);
      tell();
    },
  };

  // The whole number of a payer is asked for one by one, and each time the server writes it down.
  async function showPayer(button) {
    const number = button.dataset.showPayer;
    button.disabled = true;
    try {
      const { payerRef } = await get(`/payments/${part(number)}/payer`);
      body.querySelector(`[data-payer-of="${number}"]`).textContent = payerRef;
      button.remove();
      say(t("payerShown"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      button.disabled = false;
      say([error.body.title, error.body.remedy].filter(Boolean).join(" "), { lasting: true });
    }
  }

  body.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-show-payer]");
    if (asked) showPayer(asked);
    const link = event.target.closest("a[data-parcel], a[data-draft]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (link.dataset.draft) openDraft(link.dataset.draft);
    else ask(link.dataset.parcel);
  });
  size.addEventListener("click", () => resize(!panel.classList.contains("expanded")));
  close.addEventListener("click", () => {
    if (document.body.classList.contains("has-answer")) return api.clear();
    shut = true;
    return open(false);
  });
  window.addEventListener("popstate", () => {
    const given = new URLSearchParams(location.search);
    const ref = given.get("parcel");
    if (given.get("draft")) openDraft(given.get("draft"));
    else if (ref) ask(ref, { push: false });
    else api.clear({ push: false });
  });
  onBack(() => unanswered?.());

  return Object.assign(api, {
    /** Take over what the server put into the page. */
    begin() {
      const ref = body.querySelector(".inspector")?.dataset.link;
      if (ref) ask(ref, { push: false, focus: false, fit: false }); // the map stands there already
      else if (!body.children.length) api.clear({ push: false });
      else open(true);
    },
  });
}
