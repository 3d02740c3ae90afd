// Points and numbers typed by hand: X north first and Y east, as surveyors write them; decimal point or comma.
import { t } from "../portal/page.js";
import { FormFault } from "./forms.js";

/** Return [[east, north], …] in metres: one point a line; a line that cannot be read is a fault of `field`. */
export function readPoints(text, field) {
  const points = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const clean = line.trim();
    if (!clean) return;
    const numbers = splitNumbers(clean);
    if (numbers.length !== 2 || numbers.some((value) => !Number.isFinite(value))) {
      throw new FormFault(field, t("lineFault", { line: index + 1 }));
    }
    const [north, east] = numbers;
    points.push([onGrid(east), onGrid(north)]);
  });
  return points;
}

/** Return one point of a field, [east, north] in metres. */
export function readPoint(form, field) {
  const points = readPoints(form.elements[field].value, field);
  if (points.length !== 1) throw new FormFault(field, t("onePoint"));
  return points[0];
}

/** Return the number of a field; a fault when there is none, or it lies outside the bounds (in the field's unit). */
export function readAmount(form, field, { least = -Infinity, most = Infinity } = {}) {
  const value = readNumber(form.elements[field].value.trim());
  if (!Number.isFinite(value)) throw new FormFault(field, t("numberNeeded"));
  if (value < least || value > most) throw new FormFault(field, t("numberBounds", { least, most }));
  return value;
}

// "1275706,940 568850,120", "1275706.940, 568850.120", "1275706,940; 568850,120" and a leading point number with a colon.
function splitNumbers(line) {
  const rest = line.replace(/^[^:]*:/, "");
  const parts = /[;\t]|\s/.test(rest) ? rest.split(/[;\s]+/) : rest.split(",");
  return parts.map((each) => each.replace(/,$/, "")).filter(Boolean).map(readNumber);
}

/** Return a number written with a decimal point or comma; NaN when it is none. */
export function readNumber(text) {
  const plain = text.replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

/** Round metres to the millimetre: the grid the register keeps its corners on. */
export function onGrid(value) {
  return Math.round(value * 1000) / 1000;
}

/** Write a point as it is typed: X north, then Y east. */
export function writePoint([east, north]) {
  return `${north.toFixed(3)} ${east.toFixed(3)}`;
}
