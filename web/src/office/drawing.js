// Drawing on the map: points that snap to corners and edges around, and to right angles; every one on the grid.
import Collection from "ol/Collection.js";
import Feature from "ol/Feature.js";
import { unByKey } from "ol/Observable.js";
import LineString from "ol/geom/LineString.js";
import Point from "ol/geom/Point.js";
import DoubleClickZoom from "ol/interaction/DoubleClickZoom.js";
import Draw from "ol/interaction/Draw.js";
import Snap from "ol/interaction/Snap.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { number, t } from "../portal/page.js";
import { onGrid } from "./coordinates.js";
import { moveOf } from "./moving.js";
import { cutStyle, guideStyle } from "./styles.js";
import { reach, wander } from "./touch.js";

const guideLength = 500; // metres to both sides
const onEdge = 0.02; // metres: nearer than that a point lies on an edge
const shapes = {
  line: { type: "LineString" },
  point: { type: "Point" },
  polygon: { type: "Polygon" },
};
const fewest = { line: 3, polygon: 5 }; // coordinates of a sketch that can be ended: two points and the pointer; a closed ring of four

/** Return the drawing of a map: lines go into `target`, clicks snap to what the `sources` hold. */
export function createDrawing(ol, target, sources) {
  const guides = new VectorSource();
  ol.addLayer(new VectorLayer({ source: guides, style: guideStyle }));
  const zooming = ol.getInteractions().getArray().filter((each) => each instanceof DoubleClickZoom);
  let drawing = null;
  let ends = false; // what is drawn has points enough to be ended

  function begin(kind, { done, given, refused, grown }) {
    stop();
    const draw = kind === "move" ? moveOf({ sources, target, guide, done, given, refused }) : drawOf(kind, { done, given, grown });
    const { snap, forget } = snapTo([guides, ...sources]);
    ol.addInteraction(draw);
    ol.addInteraction(snap); // last, or a click is not moved to the corner
    zooming.forEach((each) => each.setActive(false)); // two quick taps are two points
    drawing = { draw, snap, forget };
    ol.getTargetElement().classList.add("drawing");
  }

  function drawOf(kind, { done, given, grown }) {
    const draw = new Draw({ stopClick: true, style: cutStyle, clickTolerance: wander(), snapTolerance: reach(), ...shapes[kind] });
    const grow = (count) => { ends = count >= fewest[kind]; grown?.(); };
    draw.on("drawend", ({ feature }) => {
      guides.clear();
      grow(0);
      const points = pointsOf(feature.getGeometry());
      setTimeout(() => done(points));
    });
    draw.on("drawabort", () => { guides.clear(); given?.(null); grow(0); });
    draw.on("drawstart", ({ feature }) => {
      if (kind === "line") target.clear();
      follow(feature.getGeometry(), given, grow);
    });
    return draw;
  }

  function follow(geometry, given, grow) {
    let count = 0;
    const look = () => {
      const points = pointsOf(geometry);
      if (points.length !== count) {
        guide(points.slice(0, -1));
        grow(points.length);
      }
      count = points.length;
      if (geometry.getType() === "LineString") given?.(geometry);
    };
    geometry.on("change", look);
    look();
  }

  // Through the last point: along and square to the part before it, and to the edges it lies on.
  function guide(points) {
    guides.clear();
    const last = points.at(-1);
    if (!last) return;
    guides.addFeature(new Feature(new Point(last))); // met once more it ends the line, also by a finger
    const ways = points.length > 1 ? [minus(last, points.at(-2))] : [];
    for (const [a, b] of edgesAt(last)) ways.push(minus(b, a));
    for (const [dx, dy] of ways) {
      const length = Math.hypot(dx, dy);
      if (!length) continue;
      const [ux, uy] = [(dx / length) * guideLength, (dy / length) * guideLength];
      for (const [x, y] of [[ux, uy], [-uy, ux]]) {
        guides.addFeature(new Feature(new LineString([[last[0] - x, last[1] - y], [last[0] + x, last[1] + y]])));
      }
    }
  }

  function edgesAt(point) {
    const box = [point[0] - onEdge, point[1] - onEdge, point[0] + onEdge, point[1] + onEdge];
    return sources.flatMap((source) => source.getFeaturesInExtent(box))
      .flatMap((feature) => ringsOf(feature.getGeometry()))
      .flatMap((ring) => ring.slice(1).map((end, index) => [ring[index], end]))
      .filter(([a, b]) => distance(point, a, b) <= onEdge);
  }

  function stop() {
    if (!drawing) return;
    drawing.draw.abortDrawing?.();
    [drawing.draw, drawing.snap].forEach((each) => ol.removeInteraction(each));
    drawing.forget();
    zooming.forEach((each) => each.setActive(true));
    guides.clear();
    drawing = null;
    ends = false;
    ol.getTargetElement().classList.remove("drawing");
  }

  return {
    begin,
    stop,
    isOn: () => drawing !== null,
    canFinish: () => drawing !== null && ends,
    takeBack: () => drawing?.draw.removeLastPoint?.(),
    finish: () => drawing?.draw.finishDrawing?.(),
  };
}

// One interaction for all: several would move a point on from the corner where the first had put it.
function snapTo(sources) {
  const features = new Collection(sources.flatMap((source) => source.getFeatures()));
  const keys = sources.flatMap((source) => [
    source.on("addfeature", ({ feature }) => features.push(feature)),
    source.on("removefeature", ({ feature }) => features.remove(feature)),
  ]);
  return { snap: new Snap({ features, intersection: true, pixelTolerance: reach() }), forget: () => unByKey(keys) };
}

function pointsOf(geometry) {
  const found = geometry.getCoordinates();
  const points = { Point: () => [found], LineString: () => found, Polygon: () => found[0] }[geometry.getType()]();
  return points.map((point) => point.slice(0, 2).map(onGrid));
}

// Points that are shown have no edges.
const ringsOf = (geometry) => {
  const found = geometry.getCoordinates();
  return { Polygon: () => found, MultiPolygon: () => found.flat(1), LineString: () => [found] }[geometry.getType()]?.() ?? [];
};
const minus = ([x, y], [u, v]) => [x - u, y - v];

/** Return the distance of a point from an edge, in metres. */
function distance(point, a, b) {
  const [dx, dy] = minus(b, a);
  const [px, py] = minus(point, a);
  const share = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - share * dx, py - share * dy);
}

/** Write the length of a line being drawn: its last part and all of it. */
export function lengthsOf(line) {
  const points = line.getCoordinates();
  if (points.length < 2) return "";
  const [a, b] = points.slice(-2);
  return t("drawnLength", { last: number(Math.hypot(b[0] - a[0], b[1] - a[1]), 2), all: number(line.getLength(), 2) });
}
