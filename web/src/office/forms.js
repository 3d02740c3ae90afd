// What every form of the panel is built of: headings, fields with their unit, buttons, a place for faults.
import { config, make, t } from "../portal/page.js";

/** What is typed is not what a tool can use: the field to mend, and why. */
export class FormFault extends Error {
  constructor(field, text) {
    super(text);
    this.field = field;
  }
}

export function heading(text, ...rest) {
  return make("header", {}, make("h2", { tabIndex: -1, textContent: text }), ...rest);
}

export function button(text, action, { quiet = false, small = false, type = "button", label = "" } = {}) {
  const made = make("button", { type, className: `${quiet ? "quiet" : "button"}${small ? " small" : ""}`, textContent: text });
  if (label) made.setAttribute("aria-label", label);
  if (action) made.addEventListener("click", action);
  return made;
}

/** Return a labelled control; `control` replaces the line of text. */
export function field(name, label, { control = null, hint = "", ...properties } = {}) {
  const input = control ?? make("input", { type: "text", maxLength: 300, autocomplete: "off", ...properties });
  input.id = `field-${name}`;
  input.name = name;
  const box = make("div", { className: "field" }, make("label", { htmlFor: input.id, textContent: label }), input);
  if (hint) {
    const note = make("span", { className: "hint", id: `hint-${name}`, textContent: hint });
    input.setAttribute("aria-describedby", note.id);
    box.append(note);
  }
  return box;
}

/** Return a field for a number; its label names the unit. */
export const numberField = (name, label, { value = "", hint = "" } = {}) => field(name, label, { value, hint, inputMode: "decimal", maxLength: 30 });

/** Return a field to choose from [[value, text], …]. */
export function choiceField(name, label, choices, { value = choices[0]?.[0], hint = "" } = {}) {
  const control = make("select", {}, ...choices.map(([each, text]) => make("option", { value: each, textContent: text, selected: each === value })));
  return field(name, label, { control, hint });
}

/** Return a field for points, one a line, X (north) before Y (east). */
export function pointsField(name, label, { rows = 4, hint = "", value = "" } = {}) {
  const control = make("textarea", { rows, spellcheck: false, value, placeholder: "1275706.940 568850.120" });
  return field(name, label, { control, hint: hint || t("typedHint", { system: config.working.name }) });
}

/** Return a form; what is wrong is said above its buttons, at the field that is to mend. */
export function formOf({ parts, submit, text, more = [] }) {
  const fault = make("p", { className: "field-fault", role: "alert", id: "form-fault" });
  const form = make("form", { className: "tool-form" }, ...parts, fault,
    make("p", { className: "actions" }, button(text, null, { type: "submit" }), ...more));
  form.noValidate = true; // we say ourselves what is wrong, in the reader's words
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, () => submit(form));
  });
  return form;
}

/** Do something with a form; show what is typed wrong at its field. */
export function attempt(form, work) {
  form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
  const box = form.querySelector(".field-fault");
  box.textContent = "";
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormFault)) throw error;
    box.textContent = error.message;
    const wrong = error.field ? form.elements[error.field] : null;
    wrong?.setAttribute?.("aria-invalid", "true");
    wrong?.focus?.();
    return undefined;
  }
}
