// How features look in Leaflet's vector tiles. Each function gets the facts Folium wrote and returns a style
// function; an empty list draws nothing.
const unknownColor = "#c9c6bd";
const alarm = "#b3261e";
const nothing = [];

export function makeStyles({ uses }) {
  const color = (properties) => (uses[properties.use] ?? uses[properties.code])?.color ?? unknownColor;
  const mine = ({ plans, theme }) => (p) => p.theme === theme && plans.includes(p.plan);
  return {
    unit: () => () => ({ color: "#8d8571", weight: 1.2, fill: true, fillColor: "#fbf9f2", fillOpacity: 1, dashArray: "8 3 2 3" }),

    zone: (facts) => {
      const belongs = mine(facts);
      return (p) => {
        if (!belongs(p)) return nothing;
        const pending = p.status === "pending";
        return { color: pending ? "#5b358c" : "#00000033", weight: pending ? 2 : 0.6, dashArray: pending ? "6 4" : null, fill: true, fillColor: color(p), fillOpacity: 0.85 };
      };
    },

    restriction: (facts) => {
      const belongs = mine(facts);
      return (p, zoom) => {
        if (!belongs(p)) return nothing;
        const own = uses[p.use]?.color ?? alarm;
        return { color: alarm, weight: zoom < 13 ? 0.8 : 1.6, dashArray: "8 5", fill: true, fillColor: own, fillOpacity: 0.25, radius: zoom < 13 ? 0.5 : 5 };
      };
    },

    parcelUse: () => (p) => ({
      color: "#4a4438", weight: 0.6, fill: true, fillOpacity: 0.85,
      fillColor: uses[String(p.use ?? "").split("+")[0]]?.color ?? unknownColor,
    }),

    // Filled with nothing to see, so that a click inside finds the parcel.
    parcelLine: () => (p, zoom) => ({ color: "#3a3529", weight: zoom > 16 ? 1 : 0.5, fill: true, fillColor: "#fff", fillOpacity: 0.01 }),
  };
}
