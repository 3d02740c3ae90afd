// The map before it is there: what is asked of it waits, in order, until its library has come.

/** Return a stand-in for the map of map.js; `arrive(map)` hands over what waited. */
export function mapLater() {
  let map = null;
  let waiting = [];
  const later = (name) => (...given) => {
    if (map) return map[name](...given);
    waiting.push([name, given]);
    return undefined;
  };
  const seen = (name) => () => map?.[name]() ?? [];
  const verbs = [
    "onSettled", "onTap", "highlight", "showPosition", "hidePosition", "goTo", "fitBox", "focus", "zoomBy",
    "showLayer", "showRaster", "setZoneOpacity", "setPadding",
  ];
  return {
    ...Object.fromEntries(verbs.map((name) => [name, later(name)])),
    zonesInView: seen("zonesInView"),
    parcelsInView: seen("parcelsInView"),
    arrive(real) {
      map = real;
      waiting.forEach(([name, given]) => real[name](...given));
      waiting = [];
    },
  };
}
