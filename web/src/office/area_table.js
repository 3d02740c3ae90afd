// Areas before and after a draft, in square metres: what ends, what comes, what stays and changes, and the sums.
import { make, number, t } from "../portal/page.js";
import { button } from "./forms.js";

const plain = (value, digits) => (value == null ? "–" : number(value, digits));
const nameOf = (unit) => unit.ref ?? unit.code ?? "–";

/** Return the table; each row that the draft makes can be chosen for the next tool, and split on. */
export function areaTable({ before, after, changed = [] }, actions) {
  const was = [...before, ...changed.map((each) => each.before)];
  const is = [...after, ...changed.map((each) => each.after)];
  const rows = [
    ...before.map((unit) => row(unit, t("before"))),
    ...after.map((unit, index) => made(unit, t("after"), index, actions)),
    ...changed.flatMap((each, index) => [row(each.before, t("before")), made(each.after, t("changedAfter"), after.length + index, actions, each.before)]),
  ];
  return make("table", { className: "areas" },
    make("thead", {}, make("tr", {}, ...[t("parcel"), t("registeredM2"), t("measuredM2"), ""].map((text) => make("th", { scope: "col", textContent: text })))),
    make("tbody", {}, ...rows, totalRow(was, is)));
}

function made(unit, when, index, actions, before) {
  if (!actions.edits) return row(unit, when, { index, before });
  const ref = unit.ref ?? unit.code;
  const box = make("input", { type: "checkbox", value: ref, "aria-label": t("chooseUnit", { name: nameOf(unit) }) });
  box.addEventListener("change", actions.marked);
  const again = button(t("splitAgain"), () => actions.again(unit), { quiet: true, label: `${t("splitAgain")} ${nameOf(unit)}` });
  return row(unit, when, { choice: box, last: unit.geometry ? again : null, index, before });
}

function row(unit, when, { choice, last, index, before } = {}) {
  const title = make("th", { scope: "row" }, ...(choice ? [make("label", { className: "choose-unit" }, choice, nameOf(unit))] : [nameOf(unit)]),
    make("small", { textContent: when }), ...usesOf(unit, before));
  return make("tr", { className: index == null ? "was" : `piece piece-${index % 5}` }, title,
    make("td", { textContent: plain(unit.legalAreaM2, 1) }), make("td", { textContent: plain(unit.measuredAreaM2, 3) }),
    make("td", {}, ...(last ? [last] : [])));
}

const usesText = (unit) => (unit.uses ?? []).map((use) => `${use.code} ${number(use.areaM2, 1)} m²`).join(", ");

// Uses are told where they change, or where a new parcel has several.
function usesOf(unit, before) {
  const text = usesText(unit);
  if (!text || (before && usesText(before) === text) || (!before && unit.uses.length < 2)) return [];
  return [make("small", { className: "uses", textContent: text })];
}

function totalRow(before, after) {
  const sum = (units, key) => (units.some((unit) => unit[key] == null) ? null : units.reduce((all, unit) => all + unit[key], 0));
  const cell = (key, digits) => {
    const [was, is] = [sum(before, key), sum(after, key)];
    if (was == null || is == null) return make("td", { textContent: "–" });
    const change = Number((is - was).toFixed(3));
    return make("td", {}, plain(is, digits), make("small", { textContent: `${change < 0 ? "−" : "+"}${number(Math.abs(change), 3)}` }));
  };
  return make("tr", { className: "sum" }, make("th", { scope: "row" }, t("sumAfter"), make("small", { textContent: t("change") })),
    cell("legalAreaM2", 1), cell("measuredAreaM2", 3), make("td", {}));
}
