// How land looks: zones in the colours of the land-use types, parcels as fine lines, restrictions hatched.
import CircleStyle from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";

const unknownColor = "#c9c6bd";
const alarm = "#b3261e";

/** Return a function that gives a zone's colour: that of its planned land use. */
export function colorOf(uses) {
  return (feature) => (uses[feature.get("use")] ?? uses[feature.get("code")])?.color ?? unknownColor;
}

export function unitStyle(feature, resolution) {
  return resolution > 300 ? farUnit : nearUnit;
}
const farUnit = new Style({ fill: new Fill({ color: "#fbf9f2" }), stroke: new Stroke({ color: "#b9b2a0", width: 0.8 }) });
const nearUnit = new Style({ fill: new Fill({ color: "#fbf9f2" }), stroke: new Stroke({ color: "#8d8571", width: 1.6, lineDash: [8, 3, 2, 3] }) });

export function zoneStyle(color) {
  const styles = new Map();
  return (feature) => {
    const fill = color(feature);
    const pending = feature.get("status") === "pending";
    const key = `${fill}${pending}`;
    if (!styles.has(key)) {
      styles.set(key, new Style({
        fill: new Fill({ color: fill }),
        stroke: new Stroke({ color: pending ? "#6b3fa0" : "#00000026", width: pending ? 2 : 0.6, lineDash: pending ? [6, 4] : undefined }),
      }));
    }
    return styles.get(key);
  };
}

export function parcelStyle(feature, resolution) {
  if (resolution > 6) return farParcel;
  return resolution > 1.5 ? middleParcel : nearParcel;
}
const parcel = (color, width) => new Style({ stroke: new Stroke({ color, width }) });
const farParcel = parcel("#4a443866", 0.4);
const middleParcel = parcel("#4a4438b3", 0.7);
const nearParcel = parcel("#3a3529", 1.1);

// Restrictions lie over zones, so they are hatched: in the colour of their land use, else in red.
export function restrictionStyle(uses) {
  const line = new Style({ stroke: new Stroke({ color: alarm, width: 2.2, lineDash: [10, 5] }) });
  const place = new Style({ image: new CircleStyle({ radius: 4.5, fill: new Fill({ color: "#fff" }), stroke: new Stroke({ color: alarm, width: 2.5 }) }) });
  const surfaces = new Map();
  return (feature, resolution) => {
    const type = feature.getType();
    if (type.endsWith("Point")) return resolution < 20 ? place : undefined;
    if (type.endsWith("LineString")) return line;
    const color = uses[feature.get("use")] ? darker(uses[feature.get("use")].color) : alarm;
    if (!surfaces.has(color)) {
      surfaces.set(color, new Style({ fill: new Fill({ color: hatch(color) }), stroke: new Stroke({ color: `${color}cc`, width: 1.2 }) }));
    }
    return surfaces.get(color);
  };
}

/** Return a colour dark enough to be seen as a line on paper. */
function darker(color) {
  const parts = [1, 3, 5].map((at) => Math.round(parseInt(color.slice(at, at + 2), 16) * 0.62));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function hatch(color) {
  const side = 14;
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const pen = canvas.getContext("2d");
  pen.strokeStyle = `${color}66`;
  pen.lineWidth = 1;
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift - 1, side + 1);
    pen.lineTo(shift + side + 1, -1);
  }
  pen.stroke();
  return pen.createPattern(canvas, "repeat");
}

export const highlightStyle = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 7, lineJoin: "round" }), fill: new Fill({ color: "#f2b54433" }) }),
  new Style({ stroke: new Stroke({ color: "#0b5d4b", width: 3.5, lineJoin: "round" }) }),
];

export const pastStyle = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 7, lineJoin: "round" }), fill: new Fill({ color: "#5b358c1f" }) }),
  new Style({ stroke: new Stroke({ color: "#5b358c", width: 3, lineJoin: "round", lineDash: [9, 6] }) }),
];

const here = new CircleStyle({ radius: 7, fill: new Fill({ color: "#1a66d6" }), stroke: new Stroke({ color: "#fff", width: 3 }) });
export const positionStyle = new Style({
  image: here,
  fill: new Fill({ color: "#1a66d622" }),
  stroke: new Stroke({ color: "#1a66d6", width: 1.5 }),
});
