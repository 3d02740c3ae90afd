// Points of an outline: pasted as a table, drawn, or worked out; shown with their order on the map before they are used.
import { config, make, number, t } from "../portal/page.js";
import { post } from "./api.js";
import { button, field, FormFault } from "./forms.js";
import { writePoint } from "./coordinates.js";
import { surveyPart } from "./survey_part.js";
import { surveyedOf, surveyedPart } from "./surveyed_part.js";

/** Return the parts of a form that ask for the outline of a parcel. */
export function outlineParts(task) {
  const control = make("textarea", { rows: 6, spellcheck: false, placeholder: "1  1275706.940  568850.120\n2  1275706.940  568864.120\n3  1275680.940  568864.120" });
  const shown = make("div", { className: "points-read", role: "status" });
  task.useSurvey = (found, survey) => use(task, found.points.map(named).join("\n"), found, survey);
  return [
    field("points", t("outlinePoints"), { control, hint: t("outlineHint") }),
    button(t("readPoints"), () => task.tell(() => readTable(task)), { quiet: true, small: true }),
    shown,
    surveyPart(task),
    surveyedPart(),
  ];
}

const textOf = ({ form }) => form.elements.points.value.trim();
const named = (point) => `${point.name}  ${writePoint(point.working).replace(" ", "  ")}`;

/** Take over a drawn outline. */
export function takeDrawn(points, task) {
  const corners = points.slice(0, -1); // a ring ends where it began
  task.form.elements.points.value = corners.map((point, index) => `${index + 1}  ${writePoint(point).replace(" ", "  ")}`).join("\n");
  task.tell(() => readTable(task));
  return false;
}

async function readTable(task) {
  const text = textOf(task);
  if (!text) throw new FormFault("points", t("pointsNeeded"));
  use(task, text, await post("/survey/points", { text }));
}

function use(task, text, found, survey = null) {
  task.form.elements.points.value = text;
  task.outline = { text, points: found.points.map((point) => point.position), crs: found.crs, areaM2: found.outline.areaM2, reason: found.outline.reason, survey };
  task.map.showPoints(found.points);
  task.form.querySelector(".points-read").replaceChildren(...told(found));
  task.form.querySelector(".uses-table")?.look();
}

/** Return true once the officer has seen the points as the service understood them; show them else. */
export async function isRead(task) {
  if (task.outline && task.outline.text === textOf(task)) return true;
  await readTable(task);
  throw new FormFault("", t("lookThenUse"));
}

/** Return the outline as an operation takes it: its points as they were given, or what they were measured from. */
export function outlineOf(task) {
  const { outline } = task;
  if (outline.reason) throw new FormFault("points", t(`outline.${outline.reason}`));
  return { ...(outline.survey ? { survey: outline.survey } : { points: outline.points }), crs: outline.crs, ...surveyedOf(task) };
}

function told(found) {
  const lines = [];
  if (found.reason !== undefined) {
    lines.push(`${found.crs}: ${found.reason} ${t(found.northFirst ? "northFirst" : "eastFirst")}`);
    if (found.alternatives.length) lines.push(t("otherSystems", { systems: found.alternatives.join(", ") }));
    if (found.swappedLines.length) lines.push(t("swappedLines", { lines: found.swappedLines.join(", ") }));
    if (found.skippedLines.length) lines.push(t("skippedLines", { lines: found.skippedLines.join(", ") }));
  }
  const { areaM2, reason } = found.outline;
  lines.push(areaM2 == null ? t(`outline.${reason}`) : t("outlineArea", { area: number(areaM2, 3) }));
  const rows = found.points.map((point, index) => make("tr", {}, make("th", { scope: "row", textContent: String(index + 1) }), make("td", { textContent: point.name }),
    make("td", { textContent: point.working[1].toFixed(3) }), make("td", { textContent: point.working[0].toFixed(3) })));
  const head = [t("order"), t("pointName"), "X (m)", "Y (m)"].map((textContent) => make("th", { scope: "col", textContent }));
  return [
    ...lines.map((textContent) => make("p", { className: "hint", textContent })),
    make("div", { className: "scroll" }, make("table", { className: "areas" }, make("caption", { className: "hint", textContent: config.working.name }),
      make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows))),
  ];
}
