// Parcels from points: a new one on free land, or one drawn anew after a resurvey.
import { t } from "../../portal/page.js";
import { readAmount, writePoint } from "../coordinates.js";
import { field, FormFault, numberField } from "../forms.js";
import { isRead, outlineOf, outlineParts, takeDrawn } from "../points_part.js";
import { placeField } from "../survey_part.js";
import { landUses, readUses, usesTable } from "../uses_table.js";

let types = [];
const draws = (task) => (placeField(task) ? "point" : "polygon");

function drawn(points, task) {
  const wanted = placeField(task);
  if (!wanted) return takeDrawn(points, task);
  wanted.value = writePoint(points[0]);
  return false;
}

function given(form, name) {
  const text = form.elements[name].value.trim();
  if (!text) throw new FormFault(name, t("fillIn"));
  return text;
}

export const newParcel = {
  name: "new",
  op: "new_parcel",
  key: "n",
  icon: [["M4 7l7-3 9 5-3 11H7z"], ["M12 9v6m-3-3h6"]],
  needs: "none",
  draws,
  steps: 2,
  prepare: async () => { types = await landUses(); },
  fields(task) {
    const [commune = "", ...rest] = (task.targets[0]?.name ?? "").split("-");
    return [
      ...outlineParts(task),
      field("commune", t("communeCode"), { value: commune, maxLength: 5, inputMode: "numeric" }),
      field("sheet", t("sheet"), { value: rest.slice(0, -1).join("-") }),
      usesTable(types, [], () => task.outline?.areaM2 ?? null),
    ];
  },
  drawn,
  check: isRead,
  body: (form, task) => ({
    commune: given(form, "commune"), sheet: given(form, "sheet"), ...outlineOf(task), uses: readUses(form),
  }),
};

export const replaceGeometry = {
  name: "redraw",
  op: "replace_geometry",
  key: "g",
  icon: [["M4 7l7-3 9 5-3 11H7z"], ["M8 9l4-1 4 3-1.500 5H9z"]],
  needs: "one",
  draws,
  steps: 2,
  fields: (task) => [...outlineParts(task), numberField("legalArea", t("newLegalArea"), { hint: t("newLegalAreaHint") })],
  drawn,
  check: isRead,
  body(form, task) {
    const asked = form.elements.legalArea.value.trim();
    const area = asked ? { legalAreaM2: readAmount(form, "legalArea", { least: 0.1 }) } : {};
    return { parcels: [task.targets[0].ref], ...outlineOf(task), ...area };
  },
};
