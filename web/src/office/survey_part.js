// Points from measurements: steps that each give named points, worked out by the service.
import { config, make, number, t } from "../portal/page.js";
import { post } from "./api.js";
import { readNumber, readPoint } from "./coordinates.js";
import { button, choiceField, field, FormFault, numberField } from "./forms.js";

const prefix = "sv-";
const words = (text) => text.trim().split(/[\s;]+/).filter(Boolean);

function amount(text, name) {
  const value = readNumber(text.trim());
  if (!Number.isFinite(value)) throw new FormFault(name, t("numberNeeded"));
  return value;
}

function needed(text, name) {
  if (!text.trim()) throw new FormFault(name, t("fillIn"));
  return text.trim();
}

// How a field of a step is shown, and how it is read.
const text = (member) => ({ member, make: (label) => field(prefix + member, label), read: (form, name) => needed(form.elements[name].value, name) });
const maybe = (member) => ({ member, make: (label) => field(prefix + member, label), read: (form, name) => form.elements[name].value.trim() || undefined });
const place = (member) => ({ member, make: (label) => field(prefix + member, label, { placeholder: "1275706.940 568850.120" }), read: (form, name) => readPoint(form, name) });
const names = (member) => ({ member, make: (label) => field(prefix + member, label), read: (form, name) => words(needed(form.elements[name].value, name)) });
const numbers = (member) => ({ member, make: (label) => field(prefix + member, label), read: (form, name) => words(needed(form.elements[name].value, name)).map((each) => amount(each, name)) });
const metres = (member, value = "") => ({ member, make: (label) => numberField(prefix + member, label, { value }), read: (form, name) => amount(form.elements[name].value, name) });
const side = { member: "side", make: (label) => choiceField(`${prefix}side`, label, [["left", t("onLeft")], ["right", t("onRight")]]), read: (form, name) => form.elements[name].value };
const rows = (member, columns) => ({
  member,
  make: (label) => field(prefix + member, label, { control: make("textarea", { rows: 3, spellcheck: false }) }),
  read: (form, name) => needed(form.elements[name].value, name).split(/\r?\n/).filter((line) => line.trim()).map((line) => {
    const cells = words(line);
    if (cells.length < columns.filter((each) => !each.endsWith("?")).length || cells.length > columns.length) throw new FormFault(name, t("rowFault", { line: line.trim() }));
    return Object.fromEntries(cells.map((cell, index) => [columns[index].replace("?", ""), index ? amount(cell, name) : cell]));
  }),
});

const kinds = {
  corner: [text("name"), place("near")],
  point: [text("name"), place("at")],
  distances: [text("name"), names("from"), numbers("distancesM"), side],
  offset: [text("name"), text("from"), text("to"), metres("alongM"), metres("offsetM", "0")],
  station: [text("at"), text("backsight"), metres("backsightReadingDeg", "0"), rows("shots", ["name", "readingDeg", "distanceM", "zenithDeg?"])],
  traverse: [text("from"), maybe("to"), rows("legs", ["name", "bearingDeg", "distanceM"])],
};

/** Return the part of a form where points are worked out; `task.useSurvey` gets what came of it. */
export function surveyPart(task) {
  task.steps ??= [];
  const inputs = make("div", { className: "step-fields" });
  const list = make("ol", { className: "made-steps" });
  const found = make("div", { className: "step-found", role: "status" });
  const kind = choiceField(`${prefix}kind`, t("measured"), Object.keys(kinds).map((each) => [each, t(`measured.${each}`)]));
  const chosen = () => kind.querySelector("select").value;
  const show = () => {
    inputs.replaceChildren(...kinds[chosen()].map((each) => each.make(t(`step.${chosen()}.${each.member}`))));
    task.redraw();
  };
  const renew = () => list.replaceChildren(...task.steps.map((step, index) => line(step, () => { task.steps.splice(index, 1); renew(); })));
  const add = () => {
    const step = { kind: chosen() };
    for (const each of kinds[step.kind]) step[each.member] = each.read(task.form, prefix + each.member);
    task.steps.push(step);
    renew();
    show();
    inputs.querySelector("input").focus();
  };
  const workOut = async () => {
    if (!task.steps.length) throw new FormFault(`${prefix}kind`, t("stepNeeded"));
    const boundary = words(task.form.elements[`${prefix}boundary`].value);
    const answer = await post("/survey/constructions", { steps: task.steps, boundary, crs: config.working.code });
    found.replaceChildren(...answer.found.map((each) => make("p", { className: "hint", textContent: factsOf(each) })));
    const named = (name) => answer.points.find((point) => point.name === name);
    const points = boundary.length ? boundary.map(named) : answer.points;
    // Kept with the operation as measured; a corner of the register as the place it has.
    const steps = task.steps.map((step) => (step.kind === "corner" ? { kind: "point", name: step.name, at: named(step.name).working } : step));
    task.useSurvey({ ...answer, points }, { steps, boundary: points.map((point) => point.name) });
  };
  kind.addEventListener("change", show);
  const part = make("details", { className: "survey" }, make("summary", { textContent: t("fromMeasurements") }),
    make("p", { className: "hint", textContent: t("fromMeasurementsHint") }), kind, inputs,
    button(t("addStep"), () => task.tell(add), { quiet: true, small: true }), list,
    field(`${prefix}boundary`, t("boundaryOrder"), { hint: t("boundaryHint") }),
    button(t("workOut"), () => task.tell(workOut), { quiet: true, small: true }), found);
  part.addEventListener("toggle", () => { if (part.open && !inputs.children.length) show(); else task.redraw(); });
  return part;
}

/** Return the field that a click on the map fills: a place while measurements are entered. */
export function placeField({ form }) {
  if (!form?.querySelector(".survey")?.open) return null;
  return form.elements[`${prefix}near`] ?? form.elements[`${prefix}at`] ?? null;
}

function line(step, drop) {
  const facts = Object.entries(step).filter(([name, value]) => name !== "kind" && value !== undefined)
    .map(([, value]) => (Array.isArray(value) ? value.map((each) => (typeof each === "object" ? Object.values(each).join(" ") : each)).join("; ") : value));
  return make("li", {}, `${t(`measured.${step.kind}`)}: ${facts.join(", ")} `, button("✕", drop, { quiet: true, small: true, label: t("dropStep") }));
}

const facts = {
  residualsM: (value) => t("residuals", { values: value.map((each) => number(each * 1000, 1)).join("; ") }),
  angleDeg: (value) => t("crossing", { angle: number(value, 1) }),
  orientationDeg: (value) => t("orientation", { angle: number(value, 4) }),
  lengthM: (value) => t("wayLength", { length: number(value, 3) }),
  miscloseM: (value) => t("misclose", { mm: number((Array.isArray(value) ? Math.hypot(...value) : value) * 1000, 1) }),
  precision: (value) => t("precision", { precision: number(value, 0) }),
};

/** Say what a step found out, as far as there are words for it. */
function factsOf(found) {
  const said = Object.entries(facts).filter(([name]) => found[name] != null).map(([name, tell]) => tell(found[name]));
  return `${t("stepNo", { no: found.step })}: ${said.join(" · ") || t("stepDone")}${found.weak ? ` · ${t("weak")}` : ""}`;
}
