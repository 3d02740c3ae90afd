// The sheet of keys, on "?": which letter begins what; single letters can be switched off.
import { config, make, t } from "../portal/page.js";
import { button } from "./forms.js";
import { tools } from "./tools/index.js";

const offKey = "landsvc.office.letters";

/** Return whether single letters are keys: not for everybody who speaks to the machine or shakes. */
export function lettersOn() {
  try {
    return localStorage.getItem(offKey) !== "off";
  } catch {
    return true; // storage is closed to us: then as it comes
  }
}

function setLetters(on) {
  try {
    localStorage.setItem(offKey, on ? "on" : "off");
  } catch {
    // Then it holds for nothing: the letters stay keys.
  }
}

/** Show the sheet; Escape closes it. */
export function showHelp() {
  document.getElementById("help")?.remove();
  const lines = [
    ...(config.officer.edits ? tools.map((tool) => [tool.key.toUpperCase(), t(`tool.${tool.name}`)]) : []),
    ["H", t("historyOnMap")], ["P", t("keyPrint")], ["Ctrl+Z", t("keyUndo")], ["Ctrl+Y", t("keyRedo")], ["Enter", t("keyEnter")], ["Esc", t("keyEscape")], ["/", t("keySearch")], ["?", t("keyHelp")],
  ];
  const letters = make("input", { type: "checkbox", checked: lettersOn() });
  letters.addEventListener("change", () => setLetters(letters.checked));
  const sheet = make("dialog", { id: "help", className: "help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title", textContent: t("keys") }),
    make("dl", { className: "keys" }, ...lines.map(([key, text]) => make("div", {}, make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: text })))),
    make("label", { className: "choose-unit" }, letters, t("lettersAreKeys")),
    make("p", { className: "actions" }, button(t("close"), () => sheet.close())));
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
}
