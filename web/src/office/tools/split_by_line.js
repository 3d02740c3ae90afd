// Split one parcel along a drawn or typed line.
import { config, t } from "../../portal/page.js";
import { readPoints, writePoint } from "../coordinates.js";
import { FormFault, pointsField } from "../forms.js";

export const splitByLine = {
  name: "split",
  op: "split_by_line",
  key: "s",
  icon: [["M4 6l16-2-1 15-14 1z"], ["M2 15 22 9"]],
  needs: "one",
  draws: "line",
  steps: 3,
  fields: () => [pointsField("line", t("typedLabel"))],
  drawn(points, { form }) {
    form.elements.line.value = points.map(writePoint).join("\n");
    return true;
  },
  body(form, { targets }) {
    const coordinates = readLine(form, "line");
    return { parcels: [targets[0].ref], line: { type: "LineString", coordinates }, crs: config.working.code };
  },
};

/** Return the points of a line in a field: two at least. */
export function readLine(form, field) {
  const points = readPoints(form.elements[field].value, field);
  if (points.length < 2) throw new FormFault(field, t("twoPoints"));
  return points;
}
