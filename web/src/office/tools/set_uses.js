// Give a parcel its uses; a line may draw the limit between them.
import { config, make, t } from "../../portal/page.js";
import { writePoint } from "../coordinates.js";
import { pointsField } from "../forms.js";
import { landUses, readUses, usesTable } from "../uses_table.js";
import { readLine } from "./split_by_line.js";

let types = [];

export const setUses = {
  name: "uses",
  op: "set_uses",
  key: "u",
  icon: [["M4 4h16v16H4z"], ["M12 4v3m0 3v1m0 3v3m0 2v1"]],
  needs: "one",
  draws: "line",
  prepare: async () => { types = await landUses(); },
  fields({ targets: [unit] }) {
    return [
      usesTable(types, unit.uses ?? [], () => unit.legalAreaM2),
      make("details", {}, make("summary", { textContent: t("usesLimit") }), pointsField("line", t("usesLine"), { rows: 3 })),
    ];
  },
  drawn(points, { form }) {
    form.querySelector("details").open = true;
    form.elements.line.value = points.map(writePoint).join("\n");
    return false;
  },
  body(form, { targets }) {
    const uses = readUses(form);
    const drawn = form.elements.line.value.trim();
    const limit = drawn ? { line: { type: "LineString", coordinates: readLine(form, "line") }, crs: config.working.code } : {};
    return { parcels: [targets[0].ref], uses, ...limit };
  },
};
