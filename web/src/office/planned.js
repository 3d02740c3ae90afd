// The parcels that confirmed splits plan, on the map: dashed, with their number and the last day they are kept.
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import VectorLayer from "ol/layer/Vector.js";
import { transformExtent } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import { day, t } from "../portal/page.js";
import { get, part, Problem } from "./api.js";
import { plannedStyle } from "./styles.js";

const fromZoom = 16;
const beyond = 0.5; // of the view, on each side: a short move asks for nothing

/** Return the layer of a map in the system `code`; `look` asks for what the view shows. */
export function plannedLayer(code) {
  const source = new VectorSource();
  const layer = new VectorLayer({ source, style: plannedStyle, declutter: true });
  const format = new GeoJSON();
  let known = null; // the box that was asked for
  let running = null;
  let found = [];
  let hidden = null;

  function show() {
    source.clear(true);
    source.addFeatures(found.filter(({ properties }) => properties.draft !== hidden).map(({ geometry, properties }) => new Feature({
      geometry: format.readGeometry(geometry),
      label: t("plannedPiece", { no: properties.ref.split("-").pop(), day: day(properties.confirmedUntil) }).replace("|", "\n"),
    })));
  }

  async function look(view, size, { anew = false } = {}) {
    if (!size || view.getZoom() < fromZoom) {
      source.clear(true);
      known = null;
      return;
    }
    const box = view.calculateExtent(size);
    if (!anew && known && within(box, known)) return;
    running?.abort();
    running = new AbortController();
    const asked = grown(box);
    try {
      const bbox = transformExtent(asked, code, "EPSG:4326").map((each) => each.toFixed(7)).join(",");
      const answer = await get(`/planned?bbox=${bbox}&crs=${part(code)}`, { signal: running.signal });
      known = asked;
      found = answer.features;
      show();
    } catch (error) {
      // Given up for a newer question, or told already in the line of the map: the next move asks again.
      if (error.name !== "AbortError" && !(error instanceof Problem)) throw error;
    }
  }

  return {
    layer,
    look,
    /** Leave out what the draft on the screen plans: its pieces are drawn. Null shows all. */
    hide(draft) {
      if (hidden === draft) return;
      hidden = draft;
      show();
    },
  };
}

const within = ([a, b, c, d], [west, south, east, north]) => a >= west && b >= south && c <= east && d <= north;

function grown([west, south, east, north]) {
  const [dx, dy] = [(east - west) * beyond, (north - south) * beyond];
  return [west - dx, south - dy, east + dx, north + dy];
}
