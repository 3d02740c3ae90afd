// Every page of the citizen: bring the worker that keeps what was seen for when there is no network.
const worker = navigator.serviceWorker;

async function begin() {
  const isFirst = !worker.controller;
  await worker.register("/sw.js");
  if (!isFirst) return;
  // What this first page brought came before the worker: it is told what to keep, and finds it in the browser's cache.
  const { active } = await worker.ready;
  const seen = [location.href, ...performance.getEntriesByType("resource").map((each) => each.name)];
  active.postMessage({ seen });
}

if (worker) {
  const start = () => begin().catch(() => {}); // where a browser refuses workers the pages work as before
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start, { once: true });
}

// A page that was shown without a network leads to what is true now as soon as there is one.
const note = document.getElementById("kept");
window.addEventListener("online", () => {
  if (note.hidden || note.querySelector("a")) return;
  note.append(" ", Object.assign(document.createElement("a"), { href: location.pathname + location.search, textContent: note.dataset.again }));
});
