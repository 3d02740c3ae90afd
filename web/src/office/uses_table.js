// Land uses with their areas, typed as a table whose sum is checked while typing.
import { config, make, number, t, typed } from "../portal/page.js";
import { get } from "./api.js";
import { readNumber } from "./coordinates.js";
import { button, FormFault } from "./forms.js";

let asked = null;

/** Return [[code, text], …] of the land-use types; asked for once. */
export async function landUses() {
  asked ??= get("/land-use-types").catch((error) => { asked = null; throw error; });
  const { landUseTypes } = await asked;
  return landUseTypes.map((each) => [each.code, `${each.code} · ${config.language === "en" ? each.nameEn : each.name}`]);
}

/** Return the table as a part of a form; `whole()` is the area the uses shall sum to, m², or null. */
export function usesTable(types, uses, whole) {
  const rows = make("div", { className: "use-rows" });
  const sum = make("p", { className: "hint sum", role: "status" });
  const look = () => { sum.textContent = sumText(rows, whole()); };
  const add = (use = {}) => {
    rows.append(useRow(types, use, () => { look(); rows.querySelector("input")?.focus(); }));
    look();
  };
  (uses.length ? uses : [{}]).forEach(add);
  rows.addEventListener("input", look);
  const table = make("fieldset", { className: "uses-table" }, make("legend", { textContent: t("usesOf") }), rows, sum,
    button(t("addUse"), () => { add(); rows.lastChild.querySelector("select").focus(); }, { quiet: true, small: true }));
  return Object.assign(table, { look });
}

function useRow(types, use, gone) {
  const known = types.some(([code]) => code === use.code) || !use.code ? types : [[use.code, use.code], ...types];
  const code = make("select", { "aria-label": t("useCode") }, ...known.map(([value, text]) => make("option", { value, textContent: text, selected: value === use.code })));
  const area = make("input", { type: "text", inputMode: "decimal", name: "useArea", "aria-label": t("useAreaM2"), value: typed(use.areaM2) });
  const row = make("div", { className: "use-row" }, code, area, make("span", { textContent: "m²" }),
    button("✕", () => { row.remove(); gone(); }, { quiet: true, small: true, label: t("removeUse") }));
  row.kept = use; // origin and term stay with the use they belong to
  return row;
}

const areaOf = (row) => readNumber(row.querySelector("input").value.trim());

function sumText(rows, whole) {
  const sum = [...rows.children].map(areaOf).filter(Number.isFinite).reduce((all, each) => all + each, 0);
  if (whole == null) return t("areaSum", { sum: number(sum, 1) });
  const rest = Number((whole - sum).toFixed(1));
  if (rest === 0) return t("usesRight", { whole: number(whole, 1) });
  return t(rest < 0 ? "areaTooMuch" : "usesRest", { sum: number(sum, 1), whole: number(whole, 1), rest: number(Math.abs(rest), 1) });
}

/** Return the uses of the form's table as an operation takes them. */
export function readUses(form) {
  const rows = [...form.querySelectorAll(".use-row")];
  if (!rows.length) throw new FormFault("useArea", t("useNeeded"));
  return rows.map((row) => {
    const [code, areaM2] = [row.querySelector("select").value, areaOf(row)];
    if (!(areaM2 > 0)) {
      row.querySelector("input").focus();
      throw new FormFault("", t("useAreaNeeded"));
    }
    const { origin, termUntil } = row.kept.code === code ? row.kept : {};
    return { code, areaM2, ...(origin && { origin }), ...(termUntil && { termUntil }) };
  });
}
