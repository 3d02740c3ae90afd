// A tool at work: its form in the panel, its drawing on the map, its operation to the draft.
import { config, make, say, t } from "../portal/page.js";
import { attempt, button, formOf, heading } from "./forms.js";
import { lengthsOf } from "./drawing.js";
import { problemBox } from "./problem.js";

export function createWorkbench({ map, panel, draft, onChange }) {
  let task = null;

  /** Begin a tool on what is chosen; by keyboard the first field has the focus, else the map. */
  function begin(tool, targets, { byKey = false } = {}) {
    map.stopDrawing();
    map.showFault(null);
    map.showCut(null);
    task = { tool, targets, form: null, map, redraw: draw };
    const name = targets.map((each) => each.name).join(", ");
    task.title = t(`title.${tool.name}`, { name });
    task.form = formOf({
      parts: tool.fields(task),
      submit: send,
      text: t(`use.${tool.name}`),
      more: [button(t("cancel"), cancel, { quiet: true })],
    });
    const steps = Array.from({ length: tool.steps ?? 0 }, (_, index) => make("li", { textContent: t(`step.${tool.name}.${index + 1}`) }));
    panel.show(make("article", { className: "answer draft" }, heading(task.title), ...(steps.length ? [make("ol", { className: "steps" }, ...steps)] : []), task.form));
    tool.begun?.(task);
    draw();
    if (!byKey && tool.draws) map.focus();
    else task.form.querySelector("input:not([type=checkbox]), textarea, select")?.focus();
    onChange();
  }

  function draw() {
    if (!task?.tool.draws) return;
    map.draw(task.tool.draws, {
      done(points) {
        if (!task) return;
        if (task.tool.drawn(points, task)) task.form.requestSubmit();
        else draw();
      },
      given: (line) => say(line ? lengthsOf(line) : "", { lasting: true }),
    });
  }

  function send(form) {
    const body = { op: task.tool.op, ...task.tool.body(form, task) };
    if (task.tool.draws) map.stopDrawing();
    if (body.line) map.showCut(body.line.coordinates);
    const sent = task;
    return draft.carryOut(body, sent.title, {
      done: () => { task = null; },
      failed: (problem) => told(problem, sent),
    });
  }

  // What was typed stays where it is: the form is never made anew.
  function told(problem, sent) {
    const article = sent.form.closest("article");
    article.querySelectorAll(".problem").forEach((old) => old.remove());
    const box = problemBox(problem, { inner: true });
    article.querySelector("header").after(box);
    box.scrollIntoView({ block: "nearest" });
    box.querySelector("h3").focus({ preventScroll: true });
    draw();
  }

  function stop() {
    map.stopDrawing();
    map.showFault(null);
    map.showCut(null);
    say("");
    task = null;
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
    isDirty: () => Boolean(task?.form?.isConnected && [...task.form.elements].some((each) => each.value && each.defaultValue !== undefined && each.value !== each.defaultValue)),
    /** Let the tool take a tap on a parcel; false when it has no use for it. */
    takeParcel: (unit) => Boolean(task?.tool.takeParcel && (task.tool.takeParcel(unit, task), true)),
    attempt: (work) => attempt(task.form, work),
    crs: config.working.code,
  };
}
