/** What the shelf is to show: favourites, what came to nothing yet, one model, one time; and what is searched for. */

import { api } from "../base/api.js";
import { button, debounced, h, icon, setText } from "../base/dom.js";
import { locale, number, t } from "../base/language.js";
import { showError } from "../base/overlays.js";
import { get, listOf, model, watch } from "../base/store.js";
import { isFiltered, look, NO_FILTER } from "./shelf.js";

const FEW = 7; // clips that are found without filters

/** The field that looks for names. */
export function createSearch() {
  const field = h("input", {
    type: "search",
    id: "search",
    placeholder: t("Search"),
    "aria-label": t("Search your clips"),
    autocomplete: "off",
    oninput: debounced(() => look({ words: field.value.trim() }), 200),
  });
  watch(["filter"], () => {
    if (!get("filter").words && document.activeElement !== field) field.value = "";
  });
  return h("label", { class: "search" }, icon("search"), field);
}

/** The chips of the filters; those that have nothing to choose from are not there. */
export function createFilters() {
  const favourites = button(t("Favourites"), () => look({ favourite: !get("filter").favourite }), {
    name: "star",
    class: "chip toggle",
  });
  const turn = () => look({ list: get("filter").list === "done" ? "unfinished" : "done" });
  const unfinished = button("", turn, { class: "chip toggle unfinished" });
  const models = choice(t("Model"), (value) => look({ model: value }));
  const times = choice(t("Date"), (value) => look({ when: value }));
  const all = button(t("Show all"), () => look(NO_FILTER), { class: "chip plain" });
  const root = h(
    "div",
    { class: "filters", role: "group", "aria-label": t("Show only"), onpointerenter: () => learn(), onfocusin: learn },
    favourites,
    unfinished,
    models.element,
    times.element,
    all,
  );
  let kinds = { models: [], months: [] };
  let learnt = null; // the jobs for which the server said it
  async function learn() {
    if (learnt === get("jobs").size) return;
    learnt = get("jobs").size;
    try {
      kinds = await api.kinds();
      show();
    } catch (error) {
      learnt = null;
      showError(error);
    }
  }
  const show = () => {
    const filter = get("filter");
    const jobs = [...get("jobs").values()];
    const done = jobs.filter((job) => listOf(job) === "done");
    const ended = jobs.filter((job) => listOf(job) === "unfinished").length;
    const some = done.length > FEW || isFiltered(filter);
    favourites.hidden = !filter.favourite && !(some && done.some((job) => job.favourite)) && done.length <= FEW;
    favourites.setAttribute("aria-pressed", String(filter.favourite));
    unfinished.hidden = !ended && filter.list === "done";
    unfinished.setAttribute("aria-pressed", String(filter.list === "unfinished"));
    const many = get("edges").unfinished ? "+" : "";
    setText(unfinished.lastElementChild, t("Unfinished: {n}", { n: `${number(ended)}${many}` }));
    models.show(modelsOf(done, kinds), filter.model, t("All models"), !some);
    times.show(timesOf(done, kinds), filter.when, t("Any time"), !some);
    all.hidden = !isFiltered(filter);
    root.hidden = [...root.children].every((element) => element.hidden);
  };
  watch(["filter", "jobs", "edges"], show);
  return root;
}

/** The models of the clips, {value, label}: those that the server has said, and of those that came since. */
function modelsOf(jobs, { models }) {
  const ids = new Set([...models.map((row) => row.model), ...jobs.map((job) => job.settings.model).filter(Boolean)]);
  return [...ids].map((id) => ({ value: id, label: model(id)?.name ?? model(id)?.title ?? id }));
}

/** The times to choose from: two near ones, and each month in which there are clips. */
function timesOf(jobs, { months }) {
  const known = new Set([...months.map((row) => row.month), ...jobs.map((job) => job.created.slice(0, 7))]);
  const words = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
  const named = [...known].sort().reverse();
  return [
    { value: "today", label: t("Today") },
    { value: "week", label: t("Last 7 days") },
    ...named.map((month) => ({ value: month, label: words.format(new Date(`${month}-15T12:00`)) })),
  ];
}

/** A list to choose from that looks like a chip; the first choice is all of it. */
function choice(label, choose) {
  const list = h("select", { class: "chip", "aria-label": label, onchange: () => choose(list.value) });
  let key = "";
  return {
    element: list,
    show(rows, value, all, few) {
      const now = JSON.stringify(rows);
      if (now !== key && document.activeElement !== list) {
        key = now;
        const options = [{ value: "", label: all }, ...rows];
        list.replaceChildren(...options.map((row) => h("option", { value: row.value }, row.label)));
      }
      if (value && !rows.some((row) => row.value === value)) list.append(h("option", { value }, value));
      list.value = value;
      list.classList.toggle("on", Boolean(value));
      list.hidden = few && !value;
    },
  };
}
