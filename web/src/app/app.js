// Every page of the citizen: bring the worker that keeps what was seen for when there is no network.
const worker = navigator.serviceWorker;

const laterMs = 4000;

async function begin() {
  const [opened] = performance.getEntriesByType("navigation");
  const taken = new Promise((resolve) => { worker.addEventListener("controllerchange", resolve, { once: true }); });
  await worker.register("/sw.js");
  if (worker.controller && opened?.workerStart > 0) return;
  // A worker that begins takes over the pages that stand. One that was on its way just then asks for it.
  if (!worker.controller) {
    (await worker.ready).active.postMessage({ claim: true });
    await taken;
  }
  // What came before the worker took over is told to it: it finds most of that in the browser's cache. What was on its
  // way just then is told a little later.
  tell();
  setTimeout(tell, laterMs);
}

const told = new Set();

function tell() {
  const past = performance.getEntriesByType("resource").filter((each) => each.workerStart === 0).map((each) => each.name);
  const seen = [location.href, ...past].filter((address) => !told.has(address));
  seen.forEach((address) => told.add(address));
  if (seen.length) worker.controller?.postMessage({ seen });
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
