// The officer's workspace: join the map, the search, the panel, the draft and the tools.
import { createSearch } from "../portal/search.js";
import { config, make, say, t } from "../portal/page.js";
import { get, Problem } from "./api.js";
import { createChoice } from "./choice.js";
import { createDraft } from "./draft.js";
import { draftList } from "./draft_view.js";
import { lettersOn, showHelp } from "./help.js";
import { showHistory } from "./history.js";
import { createMap } from "./map.js";
import { createPanel } from "./panel.js";
import { createOfficeRasters } from "./rasters.js";
import { createToolbar } from "./toolbar.js";
import { toolNamed, tools } from "./tools/index.js";
import { createWorkbench } from "./workbench.js";

const toolbar = createToolbar(stateOf); // before the map, which keeps clear of it
const map = createMap(document.getElementById("map"));
const panel = createPanel(map);
const draft = createDraft({
  map,
  panel,
  onChange: refresh,
  onAgain: (unit) => bench.begin(toolNamed("split"), [choice.ofPiece(unit)]),
  onMarked: () => { choice.showMarked(); refresh(); },
  onNothing: () => begin(lastTool),
});
const bench = createWorkbench({ map, panel, draft, onChange: refresh });
const choice = createChoice({ map, panel, draft, onChange: refresh });
const place = document.getElementById("place");
let lastTool = tools[0];
let early = null; // a tool whose letter came before the shape of the parcel that is shown already

createSearch(map, panel);
createOfficeRasters(map);

const enough = { none: () => true, one: (count) => count === 1, several: (count) => count >= 1 };
const mayBegin = (tool) => config.officer.edits && !bench.isWaiting() && !draft.isClosed() && enough[tool.needs](choice.targets().length);

function begin(tool, options) {
  if (!tool || !mayBegin(tool)) return;
  lastTool = tool;
  bench.begin(tool, choice.targets(), options);
}

function undo() {
  if (map.isDrawing()) map.takeBackPoint();
  else if (draft.canUndo()) draft.undo();
}

function redo() {
  if (draft.canRedo()) draft.redo(() => bench.isWaiting() && bench.stop());
}

function act(name, options) {
  const others = { select: () => bench.isWaiting() && bench.cancel(), undo, redo, history, finish: map.finishLine, help: showHelp };
  if (others[name]) others[name]();
  else begin(toolNamed(name), options);
}

// A tool that waits for parcels takes a piece of the draft, or the parcel there.
function takeTapped(lonLat, { piece }) {
  if (piece) bench.takeParcel({ ref: piece, name: piece });
  else choice.find(lonLat, bench.takeParcel);
}

function stateOf(name) {
  if (name === "select") return { pressed: !bench.isWaiting(), disabled: false };
  if (name === "help") return { disabled: false };
  if (name === "finish") return { disabled: false, hidden: !map.canFinish() };
  if (name === "undo") return { disabled: !draft.canUndo() && !map.isDrawing() };
  if (name === "redo") return { disabled: !draft.canRedo() };
  const isOn = bench.tool?.name === name;
  return { pressed: isOn, disabled: !isOn && !mayBegin(toolNamed(name)) };
}

function refresh() {
  toolbar.refresh();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tool]");
  if (button) act(button.dataset.tool);
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return; // its keys are its own
  if (event.key === "Escape" && !event.target.closest("#search")) {
    early = null;
    if (bench.isWaiting()) bench.cancel();
    else if (!draft.isOpen() && document.body.classList.contains("has-answer")) panel.clear();
    return;
  }
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const key = event.key.toLowerCase();
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && (key === "z" || key === "y")) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
  } else if (event.key === "Enter" && map.isDrawing() && event.target.id === "map") map.finishLine();
  else if (!isCommand && !event.altKey && press(key)) event.preventDefault();
});

const keys = {
  "?": showHelp,
  "/": () => document.getElementById("q").focus(),
  h: history,
  p: print,
};

// A single letter; true when it was a key.
function press(key) {
  if (key !== "?" && !lettersOn()) return false;
  const tool = tools.find((each) => each.key === key);
  if (!tool && !keys[key]) return false;
  if (tool && panel.asking && !mayBegin(tool)) early = { tool, asked: panel.asking };
  else if (tool) begin(tool, { byKey: true });
  else keys[key]();
  return true;
}

function history() {
  if (panel.chosen?.parcel && !draft.isOpen() && !bench.isWaiting()) showHistory({ map, panel, chosen: panel.chosen });
}

// Each press prints the next of what the panel offers: the drawing of the draft, then each new parcel.
function print() {
  const links = [...panel.body.querySelectorAll("[data-print]")];
  const next = links.find((link) => link.dataset.print !== "done") ?? links[0];
  if (!next) return;
  next.click();
  if (links.every((link) => link.dataset.print === "done")) links.forEach((link) => { link.dataset.print = ""; });
  next.dataset.print = "done";
}

map.onTap((lonLat, how) => {
  if (!bench.isWaiting()) choice.tapped(lonLat, how);
  else if (bench.takesParcels()) takeTapped(lonLat, how);
});
map.onMove(([east, north]) => { place.textContent = `X ${north.toFixed(2)}  Y ${east.toFixed(2)} m`; });
panel.onChoice(() => {
  choice.clear();
  map.showPast(null);
  if (bench.isWaiting()) bench.stop();
  if (draft.isOpen()) draft.leave();
  refresh();
  showDrafts();
  beginEarly();
});

// A letter is not lost while the parcel is still asked for; it is when another was asked for meanwhile.
function beginEarly() {
  const { tool, asked } = early ?? {};
  early = null;
  if (asked && asked === panel.asking) begin(tool, { byKey: true });
}

// Drafts are the server's: whoever comes back finds them, in the empty workspace; and what waits for a second person.
async function showDrafts() {
  const box = document.getElementById("drafts");
  if (!box) return;
  try {
    const asked = ["state=open", "state=submitted&owner=all", `state=confirmed${config.officer.approves ? "&owner=all" : ""}`];
    const [open, submitted, confirmed] = await Promise.all(asked.map((each) => get(`/drafts?${each}`)));
    const waiting = submitted.drafts.filter((each) => each.mine || config.officer.approves);
    const actions = { open: draft.open, withdraw: draft.withdraw };
    box.replaceChildren(
      open.drafts.length ? draftList(t("openDrafts"), open.drafts, actions) : make("p", { className: "hint", textContent: t("noDrafts") }),
      ...(waiting.length ? [draftList(t("submittedDrafts"), waiting, actions)] : []),
      ...(confirmed.drafts.length ? [draftList(t("confirmedDrafts"), confirmed.drafts, actions)] : []));
    if (open.drafts.length + waiting.length + confirmed.drafts.length) panel.offer();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box.replaceChildren(make("p", { className: "hint", textContent: error.body.title }));
  }
}

window.addEventListener("beforeunload", (event) => {
  if (bench.isDirty()) event.preventDefault();
});
window.addEventListener("offline", () => say(t("offline"), { lasting: true }));
window.addEventListener("online", () => say(t("online")));

panel.onDraft(draft.open);
const kept = new URLSearchParams(location.search).get("draft");
if (kept) draft.open(kept);
else panel.begin();
refresh();
// Tests and a slow machine wait for this mark.
map.ol.once("rendercomplete", () => document.documentElement.setAttribute("data-map", "ready"));
