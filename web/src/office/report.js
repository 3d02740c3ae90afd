// The rule report of a draft: each rule with a sign, a word and a colour; a click shows the place of a fault.
import { config, make, number, t } from "../portal/page.js";

const signs = { pass: "✓", fail: "✕", warning: "!", untested: "?" };
const order = ["fail", "warning", "untested", "pass"];

/** Return the report as a list; `show` gets the geometry of a finding that is clicked, `mend` the operation that would help. */
export function reportList(report, show, mend) {
  const sorted = [...report].sort((a, b) => order.indexOf(a.result) - order.indexOf(b.result));
  return make("ul", { className: "report" }, ...sorted.map((finding) => line(finding, show, mend)));
}

function line(finding, show, mend) {
  const title = (config.language === "en" ? finding.titleEn : finding.title) ?? finding.rule;
  const item = make("li", { className: `finding finding-${finding.result}` },
    make("span", { className: `mark mark-${finding.result}`, "aria-hidden": "true", textContent: signs[finding.result] ?? "?" }),
    make("span", { className: "finding-text" },
      make("strong", { textContent: title }),
      make("span", { className: "finding-result", textContent: t(`result.${finding.result}`) }),
      make("span", { className: "finding-why", textContent: why(finding) }),
      make("span", { className: "finding-law" }, ruleLink(finding.rule), finding.law ? ` · ${finding.law}` : "")));
  item.dataset.rule = finding.rule;
  if (finding.geometry?.type) {
    const button = make("button", { type: "button", className: "quiet small", textContent: t("showPlace") });
    button.addEventListener("click", () => show(finding.geometry));
    item.querySelector(".finding-text").append(button);
  }
  if (finding.fix?.op && finding.result !== "pass") {
    const button = make("button", { type: "button", className: "quiet small", textContent: t("applyFix", { step: t(`op.${finding.fix.op}`) }) });
    button.addEventListener("click", () => mend(finding.fix));
    item.querySelector(".finding-text").append(button);
  }
  return item;
}

function ruleLink(code) {
  return make("a", { href: `/rules/${encodeURIComponent(code)}`, target: "_blank", rel: "noopener", textContent: code, title: t("explainRule") });
}

// What was measured, in words where there are words for it; else as name and value.
function why({ cause, inputs = {} }) {
  const said = cause ? [t(`cause.${cause}`)] : [];
  const { ref, areaM2, minimumM2, frontageM, minimumM, overlapM2, legalAreaM2, childrenLegalM2, owner, draft, docNo, issuer, widthM, leastM, angleDeg, leastDeg, distanceM, withinM, driftM2, allowedM2, usedBy } = inputs;
  if (typeof ref === "string") said.push(ref);
  if (widthM != null) said.push(t("widthAgainst", { width: number(widthM, 2), least: number(leastM, 2) }));
  if (angleDeg != null) said.push(t("angleAgainst", { angle: number(angleDeg, 1), least: number(leastDeg, 1) }));
  if (distanceM != null) said.push(t("tooNear", { distance: number(distanceM, 3), within: number(withinM, 3) }));
  if (driftM2 != null) said.push(t("driftAgainst", { drift: number(driftM2, 1), allowed: number(allowedM2, 1) }));
  if (usedBy) said.push(usedBy);
  if (areaM2 != null) said.push(minimumM2 != null ? t("areaAgainst", { area: number(areaM2, 1), least: number(minimumM2, 1) }) : `${number(areaM2, 1)} m²`);
  if (frontageM != null) said.push(minimumM != null ? t("frontageAgainst", { front: number(frontageM, 2), least: number(minimumM, 2) }) : t("frontage", { front: number(frontageM, 2) }));
  if (overlapM2 != null) said.push(t("overlap", { area: number(overlapM2, 3) }));
  if (childrenLegalM2 != null && legalAreaM2 != null) said.push(t("sumOfAreas", { parts: number(childrenLegalM2, 1), whole: number(legalAreaM2, 1) }));
  if (draft) said.push(t("draftOf", { draft, owner: owner ?? "" }));
  if (docNo || issuer) said.push([issuer, docNo].filter(Boolean).join(", "));
  return said.join(" · ");
}

/** Return how many findings have each result, in words: "1 failed, 4 passed". */
export function summary(report) {
  return order
    .map((result) => [result, report.filter((finding) => finding.result === result).length])
    .filter(([, count]) => count)
    .map(([result, count]) => t(`count.${result}`, { count }))
    .join(", ");
}
