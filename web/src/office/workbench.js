// A tool at work: its form in the panel, its drawing on the map, its operation to the draft.
import { config, make, say, t } from "../portal/page.js";
import { onBack } from "../portal/recovery.js";
import { Problem } from "./api.js";
import { lengthsOf } from "./drawing.js";
import { attempt, button, formOf, heading } from "./forms.js";
import { problemBox } from "./problem.js";
import { byFinger } from "./touch.js";

export function createWorkbench({ map, panel, draft, onChange }) {
  let task = null;
  let unanswered = null; // the task whose form got no answer: sent again when the service is back

  /** Begin a tool on what is chosen; by keyboard the first field has the focus, else the map. */
  async function begin(tool, targets, { byKey = false } = {}) {
    map.stopDrawing();
    map.showFault(null);
    map.showCut(null);
    const refs = new Set(targets.map((each) => each.ref));
    const begun = { tool, targets, form: null, map, redraw: draw, tell, units: draft.units().filter((unit) => !refs.has(unit.ref)) };
    task = begun;
    try {
      await tool.prepare?.(begun);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      task = null;
      say(error.body.title);
      return onChange();
    }
    if (task === begun) show(byKey);
    return undefined;
  }

  function show(byKey) {
    const { tool, targets } = task;
    task.title = t(`title.${tool.name}`, { name: targets.map((each) => each.name).join(", ") }).trim();
    task.form = formOf({ parts: tool.fields(task), submit: send, text: t(`use.${tool.name}`), more: [button(t("cancel"), cancel, { quiet: true })] });
    const steps = Array.from({ length: tool.steps ?? 0 }, (_, index) => make("li", { textContent: stepOf(tool, index + 1) }));
    panel.show(make("article", { className: "answer draft" }, heading(task.title), ...(steps.length ? [make("ol", { className: "steps" }, ...steps)] : []), task.form));
    tool.begun?.(task);
    draw();
    if (!byKey && tool.draws) map.focus();
    else task.form.querySelector("textarea, select, input")?.focus();
    onChange();
  }

  function draw() {
    if (!task?.tool.draws) return;
    const { draws } = task.tool;
    const kind = typeof draws === "function" ? draws(task) : draws;
    map.draw(kind, {
      done(points) {
        if (!task) return;
        if (kind === "line") map.showCut(points);
        if (task.tool.drawn(points, task)) task.form.requestSubmit();
        else draw();
      },
      given: (line) => say(line ? lengthsOf(line) : "", { lasting: true }),
      refused: () => say(t("beginAtCorner")),
      grown: onChange,
    });
  }

  /** Do something with the form, also by asking the service: faults and problems are told in it. */
  async function tell(work) {
    const asked = task;
    let running;
    attempt(asked.form, () => { running = work(); });
    try {
      return await running;
    } catch (error) {
      if (error instanceof Problem) told(error.body, asked);
      else attempt(asked.form, () => { throw error; });
      return false;
    }
  }

  async function send(form) {
    const sent = task;
    if (sent.tool.check && !(await tell(() => sent.tool.check(sent)))) return;
    attempt(form, () => carry(sent, { op: sent.tool.op, ...sent.tool.body(form, sent) }));
  }

  function carry(sent, body) {
    if (sent.tool.draws) map.stopDrawing();
    if (body.line) map.showCut(body.line.coordinates);
    draft.carryOut(body, sent.title, {
      names: sent.targets.map((each) => [each.ref, each.name]),
      done: () => { task = null; unanswered = null; },
      failed: (problem) => told(problem, sent),
    });
  }

  // What was typed stays where it is: the form is never made anew.
  function told(problem, sent) {
    const article = sent.form.closest("article");
    article.querySelectorAll(".problem").forEach((old) => old.remove());
    const box = problemBox(problem, { inner: true });
    unanswered = problem.code === "no-answer" ? sent : null;
    if (unanswered) box.append(button(t("retry"), () => sent.form.requestSubmit(), { quiet: true, small: true }));
    article.querySelector("header").after(box);
    box.scrollIntoView({ block: "nearest" });
    box.querySelector("h3").focus({ preventScroll: true });
    draw();
  }

  // Only what was sent and got no answer goes again by itself.
  onBack(() => { if (unanswered && unanswered === task) task.form.requestSubmit(); });

  function stop() {
    map.stopDrawing();
    map.showFault(null);
    map.showCut(null);
    say("");
    task = null;
    unanswered = null;
    onChange();
  }

  function cancel() {
    const ref = task?.targets[0]?.ref;
    stop();
    draft.goBack(ref);
  }

  return {
    begin,
    cancel,
    stop,
    get tool() { return task?.tool ?? null; },
    isWaiting: () => task !== null,
    /** What is typed and not sent yet would be lost. */
    isDirty: () => Boolean(task?.form && [...task.form.elements].some((each) => "defaultValue" in each && each.value !== each.defaultValue)),
    takesParcels: () => Boolean(task?.form && task.tool.takeParcel),
    takeParcel: (unit) => task?.tool.takeParcel?.(unit, task),
  };
}

// Fingers are told what they can do: a line is not ended with a double click there.
function stepOf(tool, which) {
  const key = `step.${tool.name}.${which}`;
  return t(byFinger() && config.messages[`${key}.touch`] ? `${key}.touch` : key);
}
