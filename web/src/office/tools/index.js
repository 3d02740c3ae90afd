// The tools of the workspace, in the order of the tool bar. Each is an object:
//   name   names its button, and its words: `tool.NAME`, `short.NAME`, `title.NAME`, `use.NAME`, `step.NAME.1`…
//   op     the operation it makes; a service that does not offer that has no such tool
//   key    the letter that begins it; icon: paths of a 24 × 24 picture, [[d, filled?]]
//   needs  "none" | "one" | "several" parcels or pieces chosen before it begins
//   draws  how the map is used: "line", "point", "move" (from, to), "polygon", null, or a function of the task
//   prepare(task)  asks the service for what the form needs, if anything
//   fields(task)   gives the parts of its form; begun(task) joins them
//   drawn(points, task)  takes over what was drawn; true sends the form at once
//   takeParcel(unit, task)  takes a parcel that is tapped while it waits, if it has a use for one
//   check(task)    asks the service about what was typed before it is sent, if need be
//   body(form, task)  gives the operation, or throws a FormFault
// A task is { tool, targets, units, form, map }; a target { ref, name, geometry, legalAreaM2, measuredAreaM2, uses, neighbours };
// `units` are the other pieces of the draft.
import { config } from "../../portal/page.js";
import { insertPoint, movePoints, removePoint } from "./corners.js";
import { reinstate, renumber, retire } from "./facts.js";
import { merge } from "./merge.js";
import { newParcel, replaceGeometry } from "./outline.js";
import { setUses } from "./set_uses.js";
import { splitByArea } from "./split_by_area.js";
import { splitByLine } from "./split_by_line.js";
import { splitCorridor } from "./split_corridor.js";

const all = [splitByLine, splitByArea, merge, movePoints, insertPoint, removePoint, splitCorridor, newParcel, replaceGeometry, setUses, renumber, retire, reinstate];

/** The tools whose operation this service offers. */
export const tools = all.filter((tool) => config.operations.includes(tool.op));

export const toolNamed = (name) => tools.find((tool) => tool.name === name);
