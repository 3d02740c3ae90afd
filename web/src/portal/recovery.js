// When the service does not answer: ask for a sign of life until it is back, then let each part catch up.
import { say, t } from "./page.js";

const firstWaitMs = 4000;
const longestWaitMs = 60000;
const listeners = [];
let waiting = null;
let waitMs = firstWaitMs;
let backAt = -longestWaitMs;

/** Call back once the service answers again after `lost`. */
export function onBack(listener) {
  listeners.push(listener);
}

/** Note that a question went unanswered; say so, and begin to wait for the service. */
export function lost() {
  const isTold = document.getElementById("kept")?.hidden === false; // a kept page says so itself
  if (isTold) say("");
  else say(navigator.onLine ? t("waiting") : t("offline"), { lasting: true });
  if (waiting !== null) return;
  // What fails again soon after the service was back (one broken tile, say) is asked for ever less often.
  waitMs = performance.now() - backAt < longestWaitMs ? Math.min(waitMs * 2, longestWaitMs) : firstWaitMs;
  waiting = setTimeout(listen, waitMs);
}

async function listen() {
  waiting = null;
  try {
    const response = await fetch("/healthz", { cache: "no-store" });
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch {
    waiting ??= setTimeout(listen, waitMs);
    return;
  }
  backAt = performance.now();
  say(t("back"));
  listeners.forEach((listener) => listener());
}

// The network's own sign is quicker than the next try.
window.addEventListener("online", () => {
  if (waiting === null) return;
  clearTimeout(waiting);
  listen();
});
