// Who measured the corners of a parcel, when and how: what is not filled in is not known.
import { make, t } from "../portal/page.js";
import { readAmount } from "./coordinates.js";
import { choiceField, field, numberField } from "./forms.js";

const METHODS = ["total_station", "gnss", "tape", "traverse", "photogrammetry", "digitised", "coordinates"];

/** Return the part of a form that asks for them. */
export function surveyedPart() {
  const day = make("input", { type: "date", max: new Date().toLocaleDateString("sv") });
  const choices = [["", t("methodUnstated")], ...METHODS.map((method) => [method, t(`method.${method}`)])];
  return make("details", { className: "surveyed" }, make("summary", { textContent: t("surveyedTitle") }),
    make("p", { className: "hint", textContent: t("surveyedHint") }),
    field("surveyedOn", t("surveyedOn"), { control: day }),
    field("surveyedBy", t("surveyedBy"), { maxLength: 200 }),
    choiceField("surveyedMethod", t("surveyedMethod"), choices),
    numberField("surveyedAccuracy", t("surveyedAccuracy")));
}

/** Return what was filled in as an operation takes it. */
export function surveyedOf({ form }) {
  const text = (name) => form.elements[name].value.trim();
  const accuracyM = text("surveyedAccuracy") ? readAmount(form, "surveyedAccuracy", { least: 0.001, most: 100 }) : null;
  const facts = { on: text("surveyedOn"), by: text("surveyedBy"), method: text("surveyedMethod"), accuracyM };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
  return Object.keys(known).length ? { surveyed: known } : {};
}
