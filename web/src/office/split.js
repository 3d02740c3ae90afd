// Split a parcel by a drawn line: the line goes to a draft on the server, which answers with pieces and report.
// Nothing is worked out here: the preview is the commit's own computation, rolled back.
import { config, number, say, t } from "../portal/page.js";
import { get, part, post, Problem, remove } from "./api.js";
import { LineFault, onGrid, readPoints, writePoint } from "./coordinates.js";
import { drawView, previewView, resultView } from "./draft_view.js";
import { lengthsOf } from "./map.js";
import { problemBox } from "./problem.js";

export function createSplit(map, panel, { onChange }) {
  let draft = null; // its name, once the server keeps it
  let steps = 0;
  let target = null; // what the next line splits: { ref, name }
  let busy = false;

  const path = (rest = "") => `/drafts/${part(draft)}${rest}`;

  /** Run one exchange with the server: one at a time, told to the reader, faults shown at their place. */
  async function exchange(text, work, failed) {
    if (busy) return;
    busy = true;
    panel.busy(true);
    say(text, { lasting: true });
    try {
      await work();
      say("");
    } catch (error) {
      say("");
      if (!(error instanceof Problem)) throw error;
      map.showFault(error.body.geometry, error.body.crs);
      failed(error.body);
    } finally {
      busy = false;
      panel.busy(false);
      onChange();
    }
  }

  function begin(ref, name = ref, problem = null, typed = "") {
    target = { ref, name };
    if (!problem) map.showFault(null);
    panel.show(drawView({ name, problem, typed, onTyped: useTyped, onCancel: cancel }));
    map.draw({ done: cut, given: (line) => say(line ? lengthsOf(line) : "", { lasting: true }) });
    if (!problem) map.focus();
    onChange();
  }

  function useTyped(text) {
    try {
      const points = readPoints(text);
      if (points.length < 2) return t("twoPoints");
      cut(points);
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      return t("lineFault", { line: error.line });
    }
    return "";
  }

  async function cut(points) {
    const line = points.map((point) => point.map(onGrid));
    map.stopDrawing();
    map.showCut(line);
    const wanted = target;
    await exchange(t("computing"), async () => {
      if (!draft) draft = (await post("/drafts", { title: t("draftTitle", { name: wanted.name }) })).draft;
      await post(path("/operations"), {
        op: "split_by_line",
        parcels: [wanted.ref],
        line: { type: "LineString", coordinates: line },
        crs: config.working.code,
      });
      steps += 1;
      await preview();
    }, (problem) => begin(wanted.ref, wanted.name, problem, line.map(writePoint).join("\n")));
  }

  async function preview() {
    const found = await get(path(`/preview?crs=${part(config.working.code)}`));
    map.stopDrawing();
    map.showFault(null);
    map.showPieces(found.after.map((unit) => ({ geometry: unit.geometry, label: `${(unit.ref ?? "").split("-").pop()}\n${number(unit.measuredAreaM2 ?? 0, 1)} m²` })), found.crs, panel.chosen?.parcel.ref);
    target = null;
    panel.show(previewView(found, {
      again: (unit) => begin(unit.ref ?? unit.code),
      undo,
      withdraw: () => withdraw(draft),
      commit,
      show: (geometry, crs) => map.showFault(geometry, crs),
    }));
  }

  const undo = () => exchange(t("computing"), async () => {
    if (!steps) return;
    await remove(path("/operations/last"));
    steps -= 1;
    map.showCut(null);
    if (steps) await preview();
    else {
      map.showPieces([]);
      const chosen = panel.chosen;
      if (chosen) begin(chosen.ref, chosen.name);
      else leave();
    }
  }, showProblem);

  const withdraw = (name) => exchange(t("computing"), async () => {
    await remove(`/drafts/${part(name)}`);
    const ref = panel.chosen?.ref;
    leave();
    if (ref) await panel.ask(ref, { push: false, fit: false });
    else panel.clear();
    say(t("withdrawn"));
  }, showProblem);

  const commit = (grounds) => exchange(t("committing"), async () => {
    const result = await post(path(`/commit?crs=${part(config.working.code)}`), grounds);
    map.showCut(null);
    map.showPieces(result.after.map((unit) => ({ geometry: unit.geometry, label: "" })), result.crs);
    map.refresh();
    draft = null;
    steps = 0;
    target = null;
    panel.forget();
    panel.show(resultView(result));
  }, showProblem);

  function showProblem(problem) {
    const box = problemBox(problem);
    box.classList.add("inner");
    panel.body.querySelectorAll(".problem.inner").forEach((old) => old.remove());
    panel.body.prepend(box);
    box.scrollIntoView({ block: "nearest" });
  }

  function cancel() {
    map.stopDrawing();
    map.showFault(null);
    map.showCut(null);
    say("");
    if (draft && steps) {
      exchange(t("computing"), preview, showProblem);
      return;
    }
    const ref = target?.ref;
    leave();
    if (ref) panel.ask(ref, { push: false, fit: false });
  }

  function leave() {
    map.stopDrawing();
    map.showPieces([]);
    map.showCut(null);
    map.showFault(null);
    target = null;
    draft = null;
    steps = 0;
    onChange();
  }

  /** Go on with a draft the server kept. */
  const open = (name) => exchange(t("loading"), async () => {
    leave();
    const found = await get(`/drafts/${part(name)}`);
    draft = name;
    steps = found.operations.length;
    const ref = found.operations[0]?.parcels?.[0];
    if (ref) await panel.load(ref);
    if (steps) await preview();
    else if (ref) begin(panel.chosen?.ref ?? ref, panel.chosen?.name);
    else {
      draft = null;
      panel.show(problemBox({ title: t("draftEmpty"), remedy: t("draftEmptyWay") }));
    }
  }, (problem) => {
    draft = null;
    panel.show(problemBox(problem));
  });

  return {
    begin,
    cancel,
    leave,
    open,
    undo,
    withdraw,
    isWaiting: () => target !== null,
    canUndo: () => steps > 0 || map.isDrawing(),
    undoStep: () => (map.isDrawing() ? map.takeBackPoint() : undo()),
    isOpen: () => draft !== null,
  };
}
