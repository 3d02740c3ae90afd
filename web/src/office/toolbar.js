// The tool bar, rendered from the tools; keys, and the sheet that tells them.
import { config, make, t } from "../portal/page.js";
import { tools } from "./tools/index.js";

const space = "http://www.w3.org/2000/svg";
const always = [
  { name: "select", keys: "Esc", icon: [["M6 3l12 9-6 1 4 7-3 1.500-3.500-7L6 18z", true]] },
  ...tools.map((tool) => ({ ...tool, keys: tool.key.toUpperCase() })),
  { name: "undo", keys: "Ctrl+Z", icon: [["M9 5 4 10l5 5M5 10h9a5 5 0 0 1 0 10h-3"]] },
  { name: "redo", keys: "Ctrl+Y", icon: [["M15 5l5 5-5 5M19 10h-9a5 5 0 0 0 0 10h3"]] },
  { name: "help", keys: "?", icon: [["M9 9a3 3 0 1 1 4 2.800c-.700.300-1 .800-1 1.700m0 3v.500"]] },
];

function picture(paths) {
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": true })) svg.setAttribute(name, value);
  for (const [d, filled] of paths) {
    const path = document.createElementNS(space, "path");
    const look = filled ? { fill: "currentColor" } : { fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" };
    for (const [name, value] of Object.entries({ d, ...look })) path.setAttribute(name, value);
    svg.append(path);
  }
  return svg;
}

/** Fill the tool bar; `state()` says of each button whether it is pressed and whether it can be used. */
export function createToolbar(state) {
  const bar = document.getElementById("toolbar");
  const offered = always.filter((each) => config.officer.edits || ["select", "help"].includes(each.name));
  bar.replaceChildren(...offered.map(({ name, keys, icon }) => {
    const made = make("button", { type: "button", title: `${t(`tool.${name}`)} (${keys})` }, picture(icon), make("span", { textContent: t(`short.${name}`) }));
    made.dataset.tool = name;
    return made;
  }));
  // What lies below the bar keeps clear of it, in one row or two.
  new ResizeObserver(() => document.documentElement.style.setProperty("--toolbar", `${bar.offsetHeight}px`)).observe(bar);
  return {
    refresh() {
      for (const each of bar.children) {
        const { pressed, disabled } = state(each.dataset.tool);
        if (pressed !== undefined) each.setAttribute("aria-pressed", String(pressed));
        each.disabled = disabled;
      }
    },
  };
}
