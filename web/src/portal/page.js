// What every part of the page shares: its configuration, its words, its status line.

export const config = JSON.parse(document.getElementById("config").textContent);

/** Return the text of a message key in the reader's language, its {places} filled. */
export function t(key, facts = {}) {
  const text = config.messages[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

const numbers = new Intl.NumberFormat(config.language);

/** Write a number the reader's way. */
export function number(value, digits = 0) {
  return digits
    ? new Intl.NumberFormat(config.language, { maximumFractionDigits: digits }).format(value)
    : numbers.format(Math.round(value));
}

/** Write a number as it is typed: with the reader's decimal mark, nothing between thousands. */
export const typed = (value) => (value == null ? "" : String(value).replace(".", config.language === "en" ? "." : ","));

const days = new Intl.DateTimeFormat(config.language === "en" ? "en-GB" : "vi-VN", { day: "2-digit", month: "2-digit", year: "numeric" });

/** Write a day, or the day of an instant, as forms do: 22/11/2026. */
export function day(text) {
  const plain = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return plain ? plain.slice(1).reverse().join("/") : days.format(new Date(text));
}

const moments = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Write an instant, the same in both languages and in the order of its parts: 22/11/2026 15:26. */
export const moment = (text) => `${day(text)} ${moments.format(new Date(text))}`;

let clearing;

/** Say one short thing in the status line; screen readers hear it too. */
export function say(text, { lasting = false } = {}) {
  const status = document.getElementById("status");
  status.textContent = text;
  clearTimeout(clearing);
  if (text && !lasting) clearing = setTimeout(() => { status.textContent = ""; }, 6000);
}

/** Make an element with properties and children; text only, never markup. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Make a colour swatch: SVG, since its colour is an attribute and no inline style. */
export function swatch(color) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ class: "swatch", width: 14, height: 14, "aria-hidden": true })) {
    svg.setAttribute(name, value);
  }
  const rect = document.createElementNS(space, "rect");
  for (const [name, value] of Object.entries({ x: 0.5, y: 0.5, width: 13, height: 13, rx: 3, fill: color, stroke: "#0003" })) {
    rect.setAttribute(name, value);
  }
  svg.append(rect);
  return svg;
}
