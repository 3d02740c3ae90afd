// Move a corner: drag it, or click it and then its new place. What it snaps to is for the interactions before it.
import Feature from "ol/Feature.js";
import LineString from "ol/geom/LineString.js";
import Pointer from "ol/interaction/Pointer.js";
import { onGrid } from "./coordinates.js";

const reach = 12; // pixels
const still = 4; // pixels: less is a click

/** Return the interaction; `done` gets [from, to] on the grid, `refused` a click that meets no corner. */
export function moveOf({ sources, target, guide, done, given, refused }) {
  let way = null; // the line from the corner to where it goes
  let pressed = null;

  const cornerAt = ({ map, coordinate }) => {
    const within = reach * map.getView().getResolution();
    const box = [coordinate[0] - within, coordinate[1] - within, coordinate[0] + within, coordinate[1] + within];
    const corners = sources.flatMap((source) => source.getFeaturesInExtent(box)).flatMap((feature) => cornersOf(feature.getGeometry()));
    const near = corners.map((corner) => [Math.hypot(corner[0] - coordinate[0], corner[1] - coordinate[1]), corner]).filter(([far]) => far <= within);
    return near.sort(([a], [b]) => a - b)[0]?.[1].slice(0, 2) ?? null;
  };
  const show = (coordinate) => {
    way.setCoordinates([way.getFirstCoordinate(), coordinate]);
    given?.(way);
  };
  const end = () => {
    const points = way.getCoordinates().map((point) => point.slice(0, 2).map(onGrid));
    way = null;
    setTimeout(() => done(points));
  };

  return new Pointer({
    handleDownEvent(event) {
      pressed = event.pixel;
      if (way) return true;
      const corner = cornerAt(event);
      if (!corner) {
        refused?.();
        return false;
      }
      way = new LineString([corner, corner]);
      target.clear();
      target.addFeature(new Feature(way));
      guide([corner]);
      return true;
    },
    handleDragEvent: (event) => show(event.coordinate),
    handleMoveEvent(event) {
      if (way) show(event.coordinate);
    },
    handleUpEvent(event) {
      const moved = Math.hypot(event.pixel[0] - pressed[0], event.pixel[1] - pressed[1]) > still;
      const isClick = !moved && way.getLength() === 0; // the first click chooses the corner, the next its place
      if (isClick) return false;
      show(event.coordinate);
      end();
      return false;
    },
  });
}

function cornersOf(geometry) {
  const type = geometry.getType();
  if (type === "Polygon") return geometry.getCoordinates().flat(1);
  return type === "MultiPolygon" ? geometry.getCoordinates().flat(2) : [];
}
