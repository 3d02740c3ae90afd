// The officer's workspace: join the map, the search, the panel and the tools.
import { createSearch } from "../portal/search.js";
import { config, make, say, t } from "../portal/page.js";
import { get, Problem } from "./api.js";
import { draftList } from "./draft_view.js";
import { createMap } from "./map.js";
import { createPanel } from "./panel.js";
import { createOfficeRasters } from "./rasters.js";
import { createSplit } from "./split.js";

const map = createMap(document.getElementById("map"));
const panel = createPanel(map);
const split = createSplit(map, panel, { onChange: refreshTools });
const maySplit = () => config.officer.edits && Boolean(panel.chosen?.parcel.geometry) && !split.isOpen() && !split.isWaiting();
const place = document.getElementById("place");

createSearch(map, panel);
createOfficeRasters(map);

const tools = {
  select: () => (split.isWaiting() ? split.cancel() : undefined),
  split: () => maySplit() && split.begin(panel.chosen.ref, panel.chosen.name),
  undo: () => split.canUndo() && split.undoStep(),
};

function refreshTools() {
  const waiting = split.isWaiting();
  const set = (name, { pressed, disabled }) => {
    const button = document.querySelector(`#toolbar [data-tool=${name}]`);
    if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
    if (disabled !== undefined) button.disabled = disabled;
  };
  set("select", { pressed: !waiting });
  set("split", { pressed: waiting, disabled: !waiting && !maySplit() });
  set("undo", { disabled: !split.canUndo() });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tool]");
  if (button) tools[button.dataset.tool]?.();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && !event.target.closest("#search")) {
    if (split.isWaiting()) split.cancel();
    else if (!split.isOpen() && document.body.classList.contains("has-answer")) panel.clear();
    return;
  }
  if (typing) return;
  if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    tools.undo();
  } else if (event.key === "Enter" && map.isDrawing() && event.target.id === "map") map.finishLine();
  else if (event.key.toLowerCase() === "s" && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    tools.split();
  }
});

map.onTap((lonLat) => { if (!split.isOpen()) panel.askPoint(lonLat); });
map.onMove(([east, north]) => { place.textContent = `X ${north.toFixed(2)}  Y ${east.toFixed(2)} m`; });
panel.onChoice(() => {
  if (split.isOpen() || split.isWaiting()) split.leave();
  refreshTools();
  showDrafts();
});

// Drafts are the server's: whoever comes back finds them, in the empty workspace.
async function showDrafts() {
  const box = document.getElementById("drafts");
  if (!box) return;
  try {
    const { drafts } = await get("/drafts?state=open");
    box.replaceChildren(draftList(drafts, { open: split.open, withdraw: split.withdraw }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box.replaceChildren(make("p", { className: "hint", textContent: error.body.title }));
  }
}

window.addEventListener("beforeunload", (event) => {
  if (map.isDrawing() && split.isWaiting()) event.preventDefault();
});
window.addEventListener("offline", () => say(t("offline"), { lasting: true }));
window.addEventListener("online", () => say(t("online")));

panel.begin();
refreshTools();
// Tests and a slow machine wait for this mark.
map.ol.once("rendercomplete", () => document.documentElement.setAttribute("data-map", "ready"));
