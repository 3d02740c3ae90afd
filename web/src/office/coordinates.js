// Points typed by hand: one a line, X north first and Y east, as surveyors write them; decimal point or comma.

/** Return [[east, north], …] in metres; throw the number of the line that cannot be read. */
export function readPoints(text) {
  const points = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const clean = line.trim();
    if (!clean) return;
    const numbers = splitNumbers(clean);
    if (numbers.length !== 2 || numbers.some((value) => !Number.isFinite(value))) throw new LineFault(index + 1);
    const [north, east] = numbers;
    points.push([onGrid(east), onGrid(north)]);
  });
  return points;
}

/** A typed line that is not two numbers. */
export class LineFault extends Error {
  constructor(line) {
    super(String(line));
    this.line = line;
  }
}

// "1275706,940 568850,120", "1275706.940, 568850.120", "1275706,940; 568850,120" and a leading point number with a colon.
function splitNumbers(line) {
  const rest = line.replace(/^[^:]*:/, "");
  const parts = /[;\t]|\s/.test(rest) ? rest.split(/[;\s]+/) : rest.split(",");
  return parts.map((each) => each.replace(/,$/, "")).filter(Boolean).map(readNumber);
}

function readNumber(text) {
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
