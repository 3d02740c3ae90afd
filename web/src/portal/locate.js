// "Where am I": the position with its accuracy circle; several parcels within it make the panel ask which.
import { number, say, t } from "./page.js";

const options = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };
const widestM = 100;

export function createLocate(map, panel) {
  const button = document.getElementById("locate");
  button.addEventListener("click", () => {
    if (!navigator.geolocation) {
      say(t("locateDenied"));
      return;
    }
    say(t("locating"), { lasting: true });
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => found(coords),
      (error) => {
        button.removeAttribute("aria-busy");
        say(error.code === error.PERMISSION_DENIED ? t("locateDenied") : t("locateFailed"));
      },
      options,
    );
  });

  async function found({ longitude, latitude, accuracy }) {
    button.removeAttribute("aria-busy");
    map.showPosition([longitude, latitude], accuracy);
    await panel.askPoint([longitude, latitude], { accuracyM: Math.min(accuracy, widestM).toFixed(1) });
    map.showPosition([longitude, latitude], accuracy, { fit: false });
    say(t("locateAccuracy", { metres: number(accuracy) }));
  }
}
