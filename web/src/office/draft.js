// One draft: operations go to the server, which answers with a preview; it keeps them from the first click.
// Nothing is worked out here: the preview is the commit's own computation, rolled back.
import { config, number, say, t } from "../portal/page.js";
import { get, part, post, Problem, remove } from "./api.js";
import { conflictView, previewView, resultView } from "./draft_view.js";
import { problemBox } from "./problem.js";

export function createDraft({ map, panel, onChange, onAgain, onNothing, onMarked }) {
  let draft = null; // its name, once the server keeps it
  let about = null; // what the service says of it: state, whose it is, its operations
  let operations = [];
  let undone = []; // what was taken back, the latest last: it can be done once more
  let shown = null; // the last preview
  let busy = false;
  let unsure = false; // a change got no answer: whether it was kept is asked before the next one

  const names = new Map(); // what parcels are called whose references are no numbers

  const path = (rest = "") => `/drafts/${part(draft)}${rest}`;
  const shownIn = `crs=${part(config.working.code)}`;

  function keep(found) {
    about = found;
    ({ operations } = found);
    remember();
  }

  // The address names the draft: who loads the page again is where they were.
  function remember() {
    const address = new URL(location.href);
    if (draft) address.searchParams.set("draft", draft);
    else address.searchParams.delete("draft");
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

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
      unsure ||= error.body.code === "no-answer";
      map.showFault(error.body.geometry, error.body.crs);
      failed(error.body);
    } finally {
      busy = false;
      panel.busy(false);
      onChange();
    }
  }

  /** Add an operation to the draft, which begins with its first one, and show the preview. */
  const carryOut = (body, title, { done, failed, names: told = [], again = [] }) => exchange(t("computing"), async () => {
    if (!draft) draft = (await post("/drafts", { title })).draft;
    if (await stillHolds(operations.length)) keep(await post(path("/operations"), body));
    undone = again;
    told.forEach(([ref, called]) => names.set(ref, called));
    done();
    await showPreview();
  }, failed);

  // After a lost answer the same change is not made twice: true when the draft still holds that many operations.
  async function stillHolds(count) {
    if (!unsure) return true;
    keep(await get(path()));
    unsure = false;
    return operations.length === count;
  }

  // The operations stand; only looking at them may fail: somebody else has changed the land.
  async function showPreview() {
    map.stopDrawing();
    try {
      shown = await get(path(`/preview?${shownIn}`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      shown = null;
      map.showPieces([]);
      map.showFault(error.body.geometry, error.body.crs);
      panel.show(conflictView(error.body, about, actions()));
      return;
    }
    map.showFault(null);
    map.showPieces(pieces(shown), shown.crs, gone(shown));
    if (about.state === "committed") panel.show(resultView(shown));
    else panel.show(previewView(shown, about, actions()));
    if (operations.at(-1)?.op === "split_corridor") map.fitPieces(); // it reaches further than who began it looks
  }

  const canEdit = () => about.mine && about.state === "open";

  const actions = () => ({
    edits: canEdit(),
    again: onAgain,
    nameOf: (ref) => names.get(ref) ?? ref,
    marked: onMarked,
    undo,
    withdraw: () => withdraw(draft),
    commit: (grounds) => write(`/commit?${shownIn}`, grounds),
    approve: () => write(`/approve?${shownIn}`),
    submit: (grounds) => handOver("/submit", grounds, t("submitted")),
    confirm,
    execute: (grounds) => write(`/execute?${shownIn}`, grounds),
    reject: (reason) => handOver("/reject", reason, t("rejected")),
    mend: (body) => carryOut(body, "", { done: () => {}, failed: showProblem }),
    look: () => exchange(t("computing"), showPreview, showProblem),
    show: (geometry, crs) => map.showFault(geometry, crs),
  });

  const undo = () => exchange(t("computing"), async () => {
    if (!operations.length) return undefined;
    const last = bodyOf(operations.at(-1));
    if (await stillHolds(operations.length)) keep(await remove(path("/operations/last")));
    undone.push(last);
    map.showCut(null);
    if (operations.length) return showPreview();
    shown = null;
    map.showPieces([]);
    return onNothing();
  }, showProblem);

  // What was taken back once more: the service carries it out anew, on the numbers it kept for it.
  const redo = (done) => carryOut(undone.at(-1), "", { done, failed: showProblem, again: undone.slice(0, -1) });

  const confirm = (grounds) => exchange(t("computing"), async () => {
    keep(await post(path("/confirm"), grounds));
    undone = [];
    map.showCut(null);
    map.planned.hide(draft);
    map.planned.refresh();
    await showPreview();
    say(t("confirmed"));
  }, showProblem);

  const withdraw = (name) => exchange(t("computing"), async () => {
    await post(`/drafts/${part(name)}/withdraw`);
    const ref = panel.chosen?.ref;
    leave();
    map.planned.refresh();
    if (ref) await panel.ask(ref, { push: false, fit: false });
    else panel.clear();
    say(t("withdrawn"));
  }, showProblem);

  // Into the register: by its owner, or by who approves it.
  const write = (way, body) => exchange(t("committing"), async () => {
    const result = await post(path(way), body);
    map.showCut(null);
    map.showPieces(pieces(result).map((each) => ({ ...each, label: "" })), result.crs);
    map.refresh();
    forget();
    panel.forget();
    panel.show(resultView(result));
  }, showProblem);

  const handOver = (way, body, said) => exchange(t("computing"), async () => {
    await post(path(way), body);
    leave();
    panel.clear();
    say(said);
  }, showProblem);

  function showProblem(problem) {
    const box = problemBox(problem, { inner: true });
    panel.body.querySelectorAll(".problem.inner").forEach((old) => old.remove());
    panel.body.prepend(box);
    box.scrollIntoView({ block: "nearest" });
  }

  function forget() {
    draft = null;
    about = null;
    operations = [];
    undone = [];
    shown = null;
    unsure = false;
    map.planned.hide(null);
    remember();
  }

  function leave() {
    map.stopDrawing();
    map.showPieces([]);
    map.showCut(null);
    map.showFault(null);
    forget();
    onChange();
  }

  /** A tool was given up: show the draft as it stands, or the parcel it was begun for. */
  function goBack(ref) {
    if (draft && operations.length) return exchange(t("computing"), showPreview, showProblem);
    leave();
    return ref ? panel.ask(ref, { push: false, fit: false }) : panel.clear();
  }

  /** Go on with a draft the server kept. */
  const open = (name) => exchange(t("loading"), async () => {
    leave();
    draft = name;
    keep(await get(path()));
    const ref = operations[0]?.parcels[0];
    if (ref) await panel.load(ref);
    map.planned.hide(name);
    if (operations.length) {
      await showPreview();
      if (shown && !panel.chosen) map.fitPieces();
      return undefined;
    }
    forget();
    return panel.show(problemBox({ title: t("draftEmpty"), remedy: t("draftEmptyWay") }));
  }, (problem) => {
    forget();
    panel.show(problemBox(problem));
  });

  return {
    carryOut,
    goBack,
    leave,
    open,
    undo,
    redo,
    withdraw,
    canRedo: () => undone.length > 0 && about !== null && canEdit(),
    canUndo: () => operations.length > 0 && canEdit(),
    isClosed: () => about !== null && !canEdit(),
    isOpen: () => draft !== null,
    get name() { return draft; },
    /** What the last preview makes: units to go on with. */
    units: () => (shown ? made(shown) : []),
  };
}

// An operation as it was asked for, from how the service tells of it.
function bodyOf({ seq, addedAt, ...told }) {
  return Object.fromEntries(Object.entries(told).filter(([name, value]) => value !== null && !(name === "parcels" && !value.length)));
}

const made = ({ after, changed = [] }) => [...after, ...changed.map((each) => each.after)];
const lastOf = (ref) => (ref ?? "").split("-").pop();

// Each piece bears its number and its area on the map.
const pieces = (found) => made(found).map((unit) => ({
  ref: unit.ref ?? unit.code,
  geometry: unit.geometry,
  label: `${lastOf(unit.ref)}\n${number(unit.legalAreaM2 ?? unit.measuredAreaM2 ?? 0, 1)} m²`,
}));

const gone = ({ before, changed = [] }) => new Set([...before, ...changed.map((each) => each.before)].map((unit) => unit.ref));
