// What single operations tell of themselves: deviations of pieces from their areas, what a corridor takes from whom.
import { make, number, t } from "../portal/page.js";

const amount = (value, digits) => (value == null ? "–" : number(value, digits));
const signed = (value, digits) => (value == null ? "–" : `${value < 0 ? "−" : "+"}${number(Math.abs(value), digits)}`);

/** Return a section for each operation that tells something. */
export function toldList(told) {
  return told.filter((each) => views[each.op]).map((each) => make("section", { className: "told" }, ...views[each.op](each)));
}

function table(head, rows) {
  return make("div", { className: "scroll" }, make("table", { className: "areas" },
    make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", textContent: text })))),
    make("tbody", {}, ...rows.map(([first, ...cells]) => make("tr", {}, make("th", { scope: "row", textContent: first }), ...cells.map((text) => make("td", { textContent: text })))))));
}

const views = {
  split_by_area: ({ parcel, registeredM2, measuredM2, differenceM2, bearingDeg, pieces, cuts }) => [
    make("h3", { textContent: t("toldAreas", { name: parcel }) }),
    make("p", { className: "hint", textContent: t("toldDifference", { registered: amount(registeredM2, 1), measured: amount(measuredM2, 3), difference: signed(differenceM2, 3), bearing: amount(bearingDeg, 4) }) }),
    table([t("parcel"), t("targetM2"), t("measuredM2"), t("deviationM2")],
      pieces.map((piece) => [piece.ref ?? "–", amount(piece.targetM2, 4), amount(piece.measuredM2, 4), signed(piece.deviationM2, 4)])),
    ...cuts.map((cut, index) => make("p", { className: "hint", textContent: t("toldCut", { no: index + 1, length: amount(cut.lengthM, 3), turned: amount(cut.turnedDeg, 5), off: amount(cut.offMm, 2) }) })),
  ],
  split_corridor: ({ widthM, parcels, lossM2, lossRegisteredM2, notNamed = [] }) => [
    make("h3", { textContent: t("toldCorridor", { width: amount(widthM, 2) }) }),
    table([t("parcel"), t("lossM2"), t("lossRegisteredM2"), t("lossPct"), t("leftM2")],
      [...parcels.map((each) => [each.takenWhole ? `${each.parcel} (${t("takenWhole")})` : each.parcel, amount(each.lossM2, 3), amount(each.lossRegisteredM2, 1), amount(each.lossPct, 2), amount(each.leftM2, 3)]),
        [t("sumAfter"), amount(lossM2, 3), amount(lossRegisteredM2, 1), "", ""]]),
    ...(notNamed.length ? [make("p", { className: "hint", textContent: t("notNamed", { names: notNamed.join(", ") }) })] : []),
  ],
};
