// Cut a strip out of many parcels at once, as for the widening of a road.
import { config, t } from "../../portal/page.js";
import { readAmount, writePoint } from "../coordinates.js";
import { choiceField, numberField, pointsField } from "../forms.js";
import { readLine } from "./split_by_line.js";

export const splitCorridor = {
  name: "corridor",
  op: "split_corridor",
  key: "w",
  icon: [["M7 3 4 21M20 3l-3 18"], ["M12.500 5 12 8m-.500 4-.500 3m-.500 4-.300 2"]],
  needs: "none",
  draws: "line",
  steps: 2,
  fields({ targets }) {
    const which = targets.length ? [["all", t("corridorAll")], ["chosen", t("corridorChosen", { count: targets.length })]] : [["all", t("corridorAll")]];
    return [
      pointsField("line", t("corridorLine")),
      numberField("width", t("widthM"), { value: "4" }),
      choiceField("side", t("corridorSide"), ["left", "right", "both"].map((each) => [each, t(`corridorSide.${each}`)])),
      choiceField("which", t("corridorWhich"), which, { value: targets.length > 1 ? "chosen" : "all" }),
    ];
  },
  drawn(points, { form }) {
    form.elements.line.value = points.map(writePoint).join("\n");
    form.elements.width.focus();
    return false;
  },
  body(form, { targets }) {
    const coordinates = readLine(form, "line");
    const { side, which } = form.elements;
    return {
      parcels: which.value === "chosen" ? targets.map((unit) => unit.ref) : [],
      line: { type: "LineString", coordinates },
      widthM: readAmount(form, "width", { least: 0.1, most: 1000 }),
      side: side.value,
      crs: config.working.code,
    };
  },
};
