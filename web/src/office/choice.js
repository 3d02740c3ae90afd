// Which parcels, or pieces of the draft, the next tool works on: by click, Shift+click, or the boxes of the preview.
import { make, say, t } from "../portal/page.js";
import { Problem } from "./api.js";
import { button } from "./forms.js";

/** Return a parcel of the register as tools take it. */
export const unitOf = ({ ref, name, parcel, neighbours }) => ({
  ref, name, geometry: parcel.geometry, legalAreaM2: parcel.legalAreaM2, measuredAreaM2: parcel.computedAreaM2, uses: parcel.uses, neighbours,
});

export function createChoice({ map, panel, draft, onChange }) {
  let more = new Map(); // ref -> parcel chosen beside the first

  const ofPiece = (unit) => ({ ...unit, ref: unit.ref ?? unit.code, name: unit.ref ?? unit.code, neighbours: [] });
  const boxes = () => [...panel.body.querySelectorAll(".areas input[type=checkbox]")];

  function targets() {
    const made = draft.units();
    if (made.length === 1) return made.map(ofPiece);
    if (made.length) {
      const marked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
      return made.filter((unit) => marked.has(unit.ref ?? unit.code)).map(ofPiece);
    }
    return [...(panel.chosen?.parcel.geometry ? [unitOf(panel.chosen)] : []), ...more.values()];
  }

  /** Show beside the map, and on it, what is chosen beside the first parcel. */
  function show() {
    panel.body.querySelector(".also")?.remove();
    if (more.size) {
      const lines = [...more.values()].map((unit) => make("li", {}, make("span", { textContent: unit.name }),
        button(t("dontChoose"), () => toggle(unit), { quiet: true, small: true, label: t("dontChooseNamed", { name: unit.name }) })));
      panel.body.prepend(make("section", { className: "also" }, make("h3", { textContent: t("alsoChosen") }), make("ul", { className: "made" }, ...lines)));
    }
    map.mark([...more.values()].map((unit) => unit.geometry));
    onChange();
  }

  function toggle(unit) {
    if (!more.delete(unit.ref)) more.set(unit.ref, unit);
    show();
  }

  function add(lonLat) {
    if (!panel.chosen) return panel.askPoint(lonLat);
    return find(lonLat, (unit) => { if (unit.ref !== panel.chosen.ref) toggle(unit); });
  }

  async function find(lonLat, take) {
    try {
      const found = await panel.find(lonLat);
      if (!found?.parcel.geometry) say(t("noParcelHere"));
      else take(unitOf(found));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(error.body.title);
    }
    return undefined;
  }

  return {
    targets,
    ofPiece,
    find,
    clear() { more = new Map(); map.mark([]); },
    showMarked: () => map.mark(targets().map((unit) => unit.geometry)),
    /** A tap on the map: the parcel there, one more with Shift, or a piece of the draft. */
    tapped(lonLat, { shift, piece }) {
      if (!draft.isOpen()) return shift ? add(lonLat) : panel.askPoint(lonLat);
      const box = boxes().find((each) => each.value === piece);
      box?.click();
      return undefined;
    },
  };
}
