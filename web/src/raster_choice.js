// Which rasters a reader chose and how strongly, kept on this device only. A browser that keeps nothing loses nothing else.
const key = "landsvc.rasters";

/** Return the choices kept: name -> { shown, opacity in percent }. */
export function choices() {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
    return typeof kept === "object" && kept !== null ? kept : {};
  } catch {
    return {};
  }
}

/** Keep the choice for one raster. */
export function keepChoice(name, choice) {
  try {
    localStorage.setItem(key, JSON.stringify({ ...choices(), [name]: choice }));
  } catch {
    // Private windows refuse: the choice then lasts as long as the page.
  }
}
