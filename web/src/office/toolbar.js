// The tool bar, rendered from the tools. On a phone the tools lie behind one button, which shows the one at work.
import { config, make, t } from "../portal/page.js";
import { tools } from "./tools/index.js";

const space = "http://www.w3.org/2000/svg";
const select = { name: "select", keys: "Esc", icon: [["M6 3l12 9-6 1 4 7-3 1.500-3.500-7L6 18z", true]] };
const finish = { name: "finish", keys: "Enter", icon: [["M4 13l5 5L20 6"]] };
const undo = { name: "undo", keys: "Ctrl+Z", icon: [["M9 5 4 10l5 5M5 10h9a5 5 0 0 1 0 10h-3"]] };
const redo = { name: "redo", keys: "Ctrl+Y", icon: [["M15 5l5 5-5 5M19 10h-9a5 5 0 0 0 0 10h3"]] };
const help = { name: "help", keys: "?", icon: [["M9 9a3 3 0 1 1 4 2.800c-.700.300-1 .800-1 1.700m0 3v.500"]] };
const all = { name: "menu", icon: [["M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z"]] };

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

// What a button shows: its short name, or the whole one in the menu of a phone.
const face = ({ name, icon }) => [picture(icon), make("span", { className: "short", textContent: t(`short.${name}`) })];

function toolButton(tool) {
  const { name, keys } = tool;
  const made = make("button", { type: "button", title: `${t(`tool.${name}`)} (${keys})` }, ...face(tool));
  made.dataset.tool = name;
  return made;
}

/** Fill the tool bar; `state()` says of each button whether it is pressed, and whether it can be used or seen. */
export function createToolbar(state) {
  const bar = document.getElementById("toolbar");
  const menu = config.officer.edits ? toolMenu(bar) : null;
  bar.replaceChildren(toolButton(select), ...(menu ? [...menu.parts, ...[finish, undo, redo].map(toolButton)] : []), toolButton(help));
  // What lies below the bar keeps clear of it, in one row or two.
  new ResizeObserver(() => document.documentElement.style.setProperty("--toolbar", `${bar.offsetHeight}px`)).observe(bar);
  return {
    refresh() {
      for (const each of bar.querySelectorAll("[data-tool]")) {
        const { pressed, disabled, hidden = false } = state(each.dataset.tool);
        if (pressed !== undefined) each.setAttribute("aria-pressed", String(pressed));
        each.disabled = disabled;
        each.hidden = hidden;
      }
      menu?.show(tools.find((tool) => state(tool.name).pressed));
    },
  };
}

// A wide screen shows the tools in the bar itself (css); a phone shows the button, and the tools when it is pressed.
function toolMenu(bar) {
  const opener = make("button", { type: "button", className: "tool-menu-opener", title: t("tool.menu") });
  opener.setAttribute("aria-controls", "tool-menu");
  const list = make("div", { id: "tool-menu", className: "tool-menu" }, ...tools.map((tool) => {
    const made = toolButton({ ...tool, keys: tool.key.toUpperCase() });
    made.append(make("span", { className: "whole", textContent: t(`tool.${tool.name}`) }));
    return made;
  }));
  const isOpen = () => bar.classList.contains("open");

  function open(wanted) {
    bar.classList.toggle("open", wanted);
    opener.setAttribute("aria-expanded", String(wanted));
    if (wanted) list.querySelector("button:enabled")?.focus();
  }

  opener.addEventListener("click", () => open(!isOpen()));
  document.addEventListener("click", ({ target }) => { if (isOpen() && !opener.contains(target)) open(false); });
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    event.stopPropagation(); // or what waits is given up too
    open(false);
    opener.focus();
  });
  bar.addEventListener("focusout", ({ relatedTarget }) => { if (isOpen() && relatedTarget && !bar.contains(relatedTarget)) open(false); });
  open(false);
  return {
    parts: [opener, list],
    /** Show the tool at work on the button, or that all lie behind it. */
    show(tool) {
      opener.replaceChildren(...face(tool ?? all));
      opener.classList.toggle("at-work", Boolean(tool));
    },
  };
}
