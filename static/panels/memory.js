/** The memory of the machine: a gauge in the header, and what to close when it is short. */

import { h, icon, setStyle, setText } from "../base/dom.js";
import { bytes, bytesOf, t } from "../base/language.js";
import { openPanel } from "../base/overlays.js";
import { get, watch } from "../base/store.js";

export function createMemoryButton() {
  const words = h("span", { class: "rss" });
  const fill = h("span", { class: "fill" });
  const open = h(
    "button",
    { type: "button", class: "tool gauge", onclick: openMemory },
    icon("memory"),
    words,
    h("span", { class: "gauge-bar", "aria-hidden": "true" }, fill),
  );
  watch(["machine"], () => {
    const machine = get("machine");
    open.hidden = !machine;
    if (!machine) return;
    const { total_bytes: total, available_bytes: free, pressure } = machine;
    open.dataset.pressure = pressure;
    setText(words, t("{size} free", { size: bytes(free) }));
    setStyle(fill, { width: `${(100 * (total - free)) / total}%` });
    const amounts = t("Memory: {free} free of {total}", { free: bytes(free), total: bytes(total) });
    const label = `${amounts}, ${pressureName(pressure)}`;
    open.setAttribute("aria-label", label);
    open.title = label;
  });
  return open;
}

function pressureName(pressure) {
  switch (pressure) {
    case "red":
      return t("very low");
    case "yellow":
      return t("low");
    default:
      return t("plenty");
  }
}

function openMemory() {
  openPanel(t("Memory"), (body) => {
    const state = h("p", { class: "big" });
    const fill = h("span", { class: "fill" });
    const budget = h("p", {});
    const programs = h("ul", { class: "programs" });
    const heading = h("h3", {}, t("Open programs"));
    const advice = h(
      "p",
      { class: "hint-line" },
      t("Close one to make room for a larger video. Browser tabs count too."),
    );
    body.append(
      h("div", { class: "memory" }, state, h("span", { class: "gauge-bar", "aria-hidden": "true" }, fill), budget),
      heading,
      programs,
      advice,
    );
    return watch(["machine"], () => {
      const {
        total_bytes: total,
        available_bytes: free,
        budget_bytes: usable,
        pressure,
        programs: open = [],
      } = get("machine");
      body.firstElementChild.dataset.pressure = pressure;
      setText(state, `${bytesOf(total - free, total)}, ${pressureName(pressure)}`);
      setStyle(fill, { width: `${(100 * (total - free)) / total}%` });
      setText(budget, t("A video can use {size}.", { size: bytes(usable) }));
      heading.hidden = advice.hidden = !open.length; // a phone is not told
      programs.replaceChildren(
        ...open.map(({ name, bytes: used }) =>
          h("li", {}, h("span", {}, name), h("span", { class: "figures" }, bytes(used))),
        ),
      );
    });
  });
}
