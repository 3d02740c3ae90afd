// What is written of a parcel: another number, its end, a record that is undone.
import { day, t } from "../../portal/page.js";
import { get, part } from "../api.js";
import { choiceField, field, FormFault } from "../forms.js";

function given(form, name) {
  const text = form.elements[name].value.trim();
  if (!text) throw new FormFault(name, t("fillIn"));
  return text;
}

export const renumber = {
  name: "renumber",
  op: "renumber",
  key: "r",
  icon: [["M9 4 7 20M17 4l-2 16M4 9h16M3 15h16"]],
  needs: "one",
  draws: null,
  fields({ targets: [unit] }) {
    const [, ...rest] = unit.name.split("-");
    const sheet = rest.slice(0, -1).join("-");
    return [field("sheet", t("sheet"), { value: sheet }), field("number", t("parcelNo"), { hint: t("parcelNoHint") })];
  },
  body: (form, { targets }) => ({ parcels: [targets[0].ref], sheet: given(form, "sheet"), number: given(form, "number") }),
};

const ends = ["stateRecovery", "erosion", "registeredByMistake", "becameObject"];

export const retire = {
  name: "retire",
  op: "retire",
  key: "e",
  icon: [["M4 4h16v16H4z"], ["M8 8l8 8m0-8-8 8"]],
  needs: "one",
  draws: null,
  fields: () => [choiceField("reason", t("endReason"), ends.map((each) => [each, t(`end.${each}`)]), { hint: t("endHint") })],
  body: (form, { targets }) => ({ parcels: [targets[0].ref], reason: form.elements.reason.value }),
};

export const reinstate = {
  name: "reinstate",
  op: "reinstate",
  key: "b",
  icon: [["M4 12a8 8 0 1 0 3-6.200M4 4v5h5"], ["M12 8v4l3 2"]],
  needs: "one",
  draws: null,
  async prepare(task) {
    const { versions } = await get(`/parcels/${part(task.targets[0].ref)}/history`);
    task.records = [...new Map(versions.map(({ record }) => [record.code, record])).values()];
  },
  fields({ records }) {
    const choices = records.map((record) => [record.code, [record.code, record.title, record.docNo, record.docOn && day(record.docOn)].filter(Boolean).join(" · ")]);
    return [choiceField("record", t("whichRecord"), choices, { hint: t("reinstateHint") })];
  },
  body: (form) => ({ record: form.elements.record.value }),
};
