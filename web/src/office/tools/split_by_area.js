// Divide a parcel by parallel cuts into typed areas, or into pieces of the provincial minimum.
import { config, make, number, t } from "../../portal/page.js";
import { readAmount, readNumber } from "../coordinates.js";
import { choiceField, field, FormFault, numberField } from "../forms.js";
import { edgeChoices, edgesOf, fromEdge, nearest } from "../shapes.js";

const byBearing = "bearing";

export const splitByArea = {
  name: "area",
  op: "split_by_area",
  key: "a",
  icon: [["M4 4h16v16H4z"], ["M4 9h16M4 15h16"]],
  needs: "one",
  draws: "point",
  steps: 2,
  fields(task) {
    const [unit] = task.targets;
    const areas = make("textarea", { rows: 3, spellcheck: false, placeholder: "100.0\n152.4" });
    const sum = make("p", { className: "hint sum", role: "status" });
    return [
      make("p", { className: "hint", textContent: t("twoAreas", { registered: amount(unit.legalAreaM2, 1), measured: amount(unit.measuredAreaM2, 3) }) }),
      choiceField("goal", t("areaGoal"), [["areas", t("goalAreas")], ["minimum", t("goalMinimum")]]),
      make("div", { className: "for-areas" },
        field("areas", t("areasM2"), { control: areas, hint: t("areasHint") }), sum,
        choiceField("basis", t("basis"), [["registered", t("basisRegistered")], ["measured", t("basisMeasured")]]),
        choiceField("difference", t("difference"), ["proportional", "last", "refuse"].map((each) => [each, t(`difference.${each}`)]))),
      make("div", { className: "for-minimum", hidden: true }, numberField("pieces", t("howManyPieces"), { value: "2" })),
      choiceField("along", t("cutsAlong"), [...edgeChoices(edgesOf(unit.geometry)), [byBearing, t("byBearing")]], { hint: t("cutsAlongHint") }),
      make("div", { className: "for-bearing", hidden: true }, numberField("bearing", t("bearingDeg"))),
      choiceField("side", t("firstPiece"), [["", t("sideAny")], ["left", t("sideLeft")], ["right", t("sideRight")]]),
    ];
  },
  begun(task) {
    const { form, map, targets: [unit] } = task;
    const look = () => {
      const { goal, along, areas, basis } = form.elements;
      form.querySelector(".for-areas").hidden = goal.value !== "areas";
      form.querySelector(".for-minimum").hidden = goal.value === "areas";
      form.querySelector(".for-bearing").hidden = along.value !== byBearing;
      map.showCut(along.value === byBearing ? null : JSON.parse(along.value));
      const whole = basis.value === "registered" ? unit.legalAreaM2 : unit.measuredAreaM2;
      form.querySelector(".sum").textContent = sumText(areas.value, whole);
    };
    form.addEventListener("input", look);
    look();
  },
  drawn([point], { form }) {
    const found = nearest([...form.elements.along.options].filter((each) => each.value !== byBearing), (option) => fromEdge(point, JSON.parse(option.value)));
    form.elements.along.value = found.item.value;
    form.dispatchEvent(new Event("input"));
    return false;
  },
  body(form, { targets }) {
    const { goal, along, side } = form.elements;
    const parallelTo = along.value === byBearing ? { bearingDeg: readAmount(form, "bearing", { least: 0, most: 360 }) } : { edge: JSON.parse(along.value) };
    const wanted = goal.value === "areas" ? areasOf(form) : { fit: "minimum", pieces: readAmount(form, "pieces", { least: 2, most: 100 }) };
    return { parcels: [targets[0].ref], ...wanted, parallelTo, ...(side.value && { side: side.value }), crs: config.working.code };
  },
};

const amount = (value, digits) => (value == null ? "–" : number(value, digits));
const words = (text) => text.split(/[\s;]+/).filter(Boolean);

function areasOf(form) {
  const areasM2 = words(form.elements.areas.value).map(readNumber);
  if (!areasM2.length || areasM2.some((each) => !(each >= 0.1))) throw new FormFault("areas", t("areasNeeded"));
  return { areasM2, basis: form.elements.basis.value, difference: form.elements.difference.value };
}

// While typing: what the areas make together, and what is left over.
function sumText(text, whole) {
  const numbers = words(text).map(readNumber).filter(Number.isFinite);
  if (!numbers.length) return "";
  const sum = numbers.reduce((all, each) => all + each, 0);
  if (whole == null) return t("areaSum", { sum: number(sum, 3) });
  return t(whole - sum < 0 ? "areaTooMuch" : "areaRest", { sum: number(sum, 3), whole: number(whole, 3), rest: number(Math.abs(whole - sum), 3) });
}
