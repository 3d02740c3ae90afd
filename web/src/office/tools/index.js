// The tools of the workspace, in the order of the tool bar. Each is an object:
//   name   names its button, and its words: `tool.NAME`, `title.NAME`, `use.NAME`, steps `step.NAME.1`…
//   op     the operation it makes; a service that does not offer that has no such tool
//   key    the letter that begins it; icon: paths of a 24 × 24 picture, [[d, filled?]]
//   needs  "none" | "one" | "several" parcels or pieces chosen before it begins
//   draws  how the map is used: "line", "point", "move" (from, to), "polygon", or null
//   fields(task) gives the parts of its form; body(form, task) the operation, or throws a FormFault
//   drawn(points, task) takes over what was drawn; true sends the form at once
// A task is { tool, targets, form }; a target { ref, name, geometry, legalAreaM2, measuredAreaM2, uses, neighbours }.
import { config } from "../../portal/page.js";
import { splitByLine } from "./split_by_line.js";

const all = [splitByLine];

/** The tools whose operation this service offers. */
export const tools = all.filter((tool) => config.operations.includes(tool.op));

export const toolNamed = (name) => tools.find((tool) => tool.name === name);
