// Corners: move one in everybody who has it, put one into an edge, take one out.
import { config, t, typed } from "../../portal/page.js";
import { readAmount, readPoint, writePoint } from "../coordinates.js";
import { choiceField, field, FormFault, numberField } from "../forms.js";
import { apart, cornerChoices, cornersOf, nearest } from "../shapes.js";

const crs = () => config.working.code;
const sameCorner = 0.0015; // metres: what a click snapped to is written on the grid
const cornersOfAll = (targets) => targets.flatMap((unit) => cornersOf(unit.geometry));
const cornerField = (name, { targets }) => choiceField(name, t("corner"), cornerChoices(cornersOfAll(targets)));
const pointField = (name, label) => field(name, label, { hint: t("typedHint", { system: config.working.name }), placeholder: "1275706.940 568850.120" });
const chosen = (form, name) => JSON.parse(form.elements[name].value);

// A corner that was clicked; one of a neighbour is added to the list.
function take(form, name, point) {
  const select = form.elements[name];
  const found = nearest([...select.options], (option) => apart(JSON.parse(option.value), point));
  if (found && found.far <= sameCorner) select.value = found.item.value;
  else {
    const [[value, text]] = cornerChoices([point]);
    select.add(new Option(text, value, true, true));
  }
}

export const movePoints = {
  name: "move",
  op: "move_points",
  key: "v",
  icon: [["M4 20V8l6-4"], ["M10 4l9 5-3 11H4"], ["M7 12l7 4m0 0-1-3.500m1 3.500-3.500.500"]],
  needs: "one",
  draws: "move",
  steps: 2,
  fields: (task) => [cornerField("from", task), pointField("to", t("newPlace"))],
  begun({ form, map, targets }) {
    map.showCorners(cornersOfAll(targets));
    const show = () => { form.elements.to.value = writePoint(chosen(form, "from")); };
    form.elements.from.addEventListener("change", show);
    show();
  },
  drawn([from, to], { form }) {
    take(form, "from", from);
    form.elements.to.value = writePoint(to);
    return true;
  },
  body(form) {
    const [from, to] = [chosen(form, "from"), readPoint(form, "to")];
    if (apart(from, to) === 0) throw new FormFault("to", t("samePlace"));
    return { moves: [{ from, to }], crs: crs() };
  },
};

export const insertPoint = {
  name: "insert",
  op: "insert_point",
  key: "i",
  icon: [["M3 18 21 6"], ["M12 8v8m-4-4h8"]],
  needs: "one",
  draws: "point",
  steps: 1,
  fields: () => [pointField("point", t("newCorner"))],
  drawn([point], { form }) {
    form.elements.point.value = writePoint(point);
    return true;
  },
  body: (form, { targets }) => ({ parcels: [targets[0].ref], point: readPoint(form, "point"), crs: crs() }),
};

export const removePoint = {
  name: "remove",
  op: "remove_point",
  key: "x",
  icon: [["M3 18l7-9 11-3"], ["M7 6l6 6m0-6-6 6"]],
  needs: "one",
  draws: "point",
  steps: 1,
  fields: (task) => [cornerField("point", task), numberField("tolerance", t("toleranceM"), { value: typed(0.02), hint: t("toleranceHint") })],
  begun: ({ map, targets }) => map.showCorners(cornersOfAll(targets)),
  drawn([point], { form }) {
    take(form, "point", point);
    return true;
  },
  body: (form) => ({ point: chosen(form, "point"), toleranceM: readAmount(form, "tolerance", { least: 0, most: 1000 }), crs: crs() }),
};
