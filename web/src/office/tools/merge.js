// Make one parcel of several: chosen on the map, or from the list of those that touch.
import { make, number, t } from "../../portal/page.js";
import { button, field, FormFault } from "../forms.js";

export const merge = {
  name: "merge",
  op: "merge",
  key: "m",
  icon: [["M3 4h8v16H3zM13 4h8v16h-8"], ["M8 12h8m-2.500-2.500L16 12l-2.500 2.500"]],
  needs: "several",
  draws: null,
  fields(task) {
    const list = make("fieldset", { className: "parcel-list" }, make("legend", { textContent: t("mergeWhich") }));
    task.targets.forEach((unit) => list.append(choice(unit.ref, unit.name, true)));
    for (const [ref, name, note] of others(task)) list.append(choice(ref, name, false, note));
    const typed = field("more", t("mergeMore"), { hint: t("mergeMoreHint") });
    const add = button(t("addParcel"), () => {
      const ref = typed.querySelector("input").value.trim();
      if (!ref) return;
      list.append(choice(ref, ref, true));
      typed.querySelector("input").value = "";
      list.lastChild.querySelector("input").focus();
    }, { quiet: true, small: true });
    return [list, typed, add];
  },
  takeParcel({ ref, name }, { form }) {
    const list = form.querySelector(".parcel-list");
    const box = [...list.querySelectorAll("input")].find((each) => each.value === ref || each.dataset.name === name);
    if (box) box.checked = !box.checked;
    else list.append(choice(ref, name, true));
  },
  body(form) {
    const parcels = [...form.querySelectorAll(".parcel-list input:checked")].map((box) => box.value);
    if (parcels.length < 2) throw new FormFault("more", t("mergeTwo"));
    return { parcels };
  },
};

// Those that share an edge with what is chosen, and the other pieces of the draft.
function others({ targets, units }) {
  const taken = new Set(targets.flatMap((unit) => [unit.ref, unit.name]));
  const around = targets.flatMap((unit) => unit.neighbours).filter((each) => each.kind === "parcel" && each.sharedM > 0)
    .map((each) => [each.code ?? each.ref, each.ref ?? each.code, t("sharesEdge", { metres: number(each.sharedM, 2) })]);
  const pieces = units.map((unit) => [unit.ref, unit.ref, t("pieceOfDraft")]);
  return [...pieces, ...around].filter(([ref, name]) => !taken.has(ref) && !taken.has(name) && taken.add(ref));
}

function choice(ref, name, checked, note = "") {
  const box = make("input", { type: "checkbox", value: ref, checked });
  box.dataset.name = name;
  return make("label", { className: "choose-unit" }, box, make("span", { textContent: name }), make("small", { textContent: note }));
}
