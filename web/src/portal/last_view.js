// Where the map stood last on this device: there it opens again when there is no network, for there it has its tiles.
const name = "landsvc.lastView";

export function keepView(hash) {
  try {
    localStorage.setItem(name, hash);
  } catch { /* a browser that keeps nothing */ }
}

/** Return the last view where the page on the screen is a kept one. */
export function lastView() {
  if (document.getElementById("kept")?.hidden !== false) return "";
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function forgetView() {
  try {
    localStorage.removeItem(name);
  } catch { /* nothing was kept */ }
}
