// Move a corner: drag it, or click it and then its new place. What it snaps to is for the interactions before it.
import Feature from "ol/Feature.js";
import LineString from "ol/geom/LineString.js";
import Pointer from "ol/interaction/Pointer.js";
import { onGrid } from "./coordinates.js";
import { reach, wander } from "./touch.js";

/** Return the interaction; `done` gets [from, to] on the grid, `refused` a click that meets no corner. */
export function moveOf({ sources, target, guide, done, given, refused }) {
  let way = null; // the line from the corner to where it goes
  let pressed = null;
  let chooses = false; // this press chose the corner
  let pinched = false; // a second finger came down: no place is meant

  const cornerAt = ({ map, coordinate }) => {
    const within = reach() * map.getView().getResolution();
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
      chooses = !way;
      pinched = false;
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
    handleDragEvent(event) {
      pinched ||= this.getPointerCount() > 1;
      if (!pinched) show(event.coordinate);
    },
    handleMoveEvent(event) {
      if (way) show(event.coordinate);
    },
    handleUpEvent(event) {
      const moved = Math.hypot(event.pixel[0] - pressed[0], event.pixel[1] - pressed[1]) > wander();
      // The first tap chooses the corner, the next its place: a finger comes there without having moved over the map.
      if (pinched || (chooses && !moved)) {
        way.setCoordinates([way.getFirstCoordinate(), way.getFirstCoordinate()]);
        return false;
      }
      show(event.coordinate);
      if (way.getLength() > 0) end();
      return false;
    },
  });
}

function cornersOf(geometry) {
  const type = geometry.getType();
  if (type === "Polygon") return geometry.getCoordinates().flat(1);
  return type === "MultiPolygon" ? geometry.getCoordinates().flat(2) : [];
}
