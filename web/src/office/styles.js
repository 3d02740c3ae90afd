// How the workspace draws: the chosen parcel, its neighbours to snap to, the cut, planned pieces, faults.
import CircleStyle from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import Text from "ol/style/Text.js";
import MultiPoint from "ol/geom/MultiPoint.js";

const family = '"Be Vietnam Pro", sans-serif';
const halo = new Stroke({ color: "#fffdf7", width: 3.5 });

// A fill that is not seen, so that a click inside a parcel meets it.
export const tileStyle = (feature, resolution) => (resolution > 2 ? farTile : nearTile);
const farTile = new Style({ stroke: new Stroke({ color: "#4a443899", width: 0.6 }) });
const nearTile = new Style({ stroke: new Stroke({ color: "#3a3529", width: 1 }) });

const corners = (color) => new Style({
  image: new CircleStyle({ radius: 3.5, fill: new Fill({ color: "#fff" }), stroke: new Stroke({ color, width: 1.5 }) }),
  geometry: (feature) => new MultiPoint(cornersOf(feature.getGeometry())),
});

function cornersOf(geometry) {
  const polygons = geometry.getType() === "Polygon" ? [geometry.getCoordinates()] : geometry.getCoordinates();
  return polygons.flat(2);
}

export const neighbourStyle = [
  new Style({ stroke: new Stroke({ color: "#22314a99", width: 1.2, lineDash: [4, 3] }) }),
];

export const chosenStyle = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 6, lineJoin: "round" }), fill: new Fill({ color: "#f2b54433" }) }),
  new Style({ stroke: new Stroke({ color: "#0b5d4b", width: 3, lineJoin: "round" }) }),
  corners("#0b5d4b"),
];

export const pastStyle = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 5 }), fill: new Fill({ color: "#6b3fa022" }) }),
  new Style({ stroke: new Stroke({ color: "#6b3fa0", width: 2.5, lineDash: [6, 4] }) }),
  corners("#6b3fa0"),
];

// Chosen beside the first parcel: dashed, so that it is told from it without its colour.
export const markedStyle = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 6 }), fill: new Fill({ color: "#f2b54433" }) }),
  new Style({ stroke: new Stroke({ color: "#0b5d4b", width: 3, lineDash: [10, 5] }) }),
  corners("#0b5d4b"),
];

/** Style points to be used: the way around them, and their order. */
export const pointStyle = (feature) => (feature.get("label") ? new Style({
  image: new CircleStyle({ radius: 5, fill: new Fill({ color: "#6b3fa0" }), stroke: new Stroke({ color: "#fff", width: 2 }) }),
  text: new Text({ text: feature.get("label"), font: `600 13px ${family}`, fill: new Fill({ color: "#6b3fa0" }), stroke: halo, offsetX: 11, offsetY: -9 }),
}) : wayStyle);
const wayStyle = new Style({ stroke: new Stroke({ color: "#6b3fa0", width: 2 }), fill: new Fill({ color: "#6b3fa022" }) });

export const guideStyle = new Style({ stroke: new Stroke({ color: "#6b3fa099", width: 1, lineDash: [2, 6] }) });

export const cutStyle = [
  new Style({ stroke: new Stroke({ color: "#ffffff", width: 5 }) }),
  new Style({
    stroke: new Stroke({ color: "#b3261e", width: 2.5, lineDash: [8, 5] }),
    image: new CircleStyle({ radius: 5, fill: new Fill({ color: "#b3261e" }), stroke: new Stroke({ color: "#fff", width: 2 }) }),
  }),
];

export const faultStyle = [
  new Style({
    stroke: new Stroke({ color: "#ffffff", width: 8 }),
    image: new CircleStyle({ radius: 9, stroke: new Stroke({ color: "#ffffff", width: 6 }) }),
  }),
  new Style({
    stroke: new Stroke({ color: "#b3261e", width: 4 }),
    fill: new Fill({ color: "#b3261e33" }),
    image: new CircleStyle({ radius: 9, stroke: new Stroke({ color: "#b3261e", width: 3 }) }),
  }),
];

/** Style what a confirmed split plans: dotted, its number and last day inside. */
export const plannedStyle = (feature, resolution) => [
  new Style({ stroke: new Stroke({ color: "#ffffffcc", width: 4 }), fill: new Fill({ color: "#1f6f9c1a" }) }),
  new Style({
    stroke: new Stroke({ color: "#1f6f9c", width: 2, lineDash: [2, 5], lineCap: "round" }),
    text: resolution > 0.3 ? undefined : new Text({
      text: feature.get("label"),
      font: `500 12px ${family}`,
      fill: new Fill({ color: "#12506f" }),
      stroke: halo,
      overflow: true,
      offsetY: 34, // below the number of the parcel as it is
    }),
  }),
];

const pieceColors = ["#1f6f9c", "#8a5a00", "#6b3fa0", "#0b5d4b", "#a03a6b"];

/** Style planned pieces: each its own colour, its number and area inside, so that colour is never alone. */
export function pieceStyle(feature) {
  const color = pieceColors[feature.get("order") % pieceColors.length];
  return [
    new Style({ stroke: new Stroke({ color: "#ffffff", width: 5 }), fill: new Fill({ color: `${color}2e` }) }),
    new Style({
      stroke: new Stroke({ color, width: 2.5 }),
      text: new Text({
        text: feature.get("label"),
        font: `600 13px ${family}`,
        fill: new Fill({ color }),
        stroke: halo,
        overflow: true,
      }),
    }),
    corners(color),
  ];
}
