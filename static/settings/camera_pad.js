/**
 * Where the camera goes: the moves side by side, and a pad for the direction of those that have one; in its middle the seed
 * decides. The photo follows meanwhile (stage/camera_view.js).
 */

import { ApiError } from "../base/api.js";
import { h, setText } from "../base/dom.js";
import { t } from "../base/language.js";
import { get } from "../base/store.js";
import { wordsFor } from "../clips/setting_words.js";
import { createCameraView } from "../stage/camera_view.js";
import { createPad } from "./pad.js";

/** The control of a row of the kind “directed”: see controls.js. */
export function createCameraPad({ row, parts: { id, help, hint, info, note }, read, set }) {
  const { directions, labels } = row;
  const words = h("p", { class: "pad-words" });
  const aside = h("div", { class: "pad-aside" }, words);
  const view = createCameraView(aside);
  const chosen = () => read().split(":");

  /** The move that the pad is for: the one that is chosen, or the first that has directions. */
  const directed = () => {
    const [word] = chosen();
    return directions[word].length ? word : Object.keys(directions).find((each) => directions[each].length);
  };
  let isBlind = false; // the server cannot say what is to be seen
  const say = async (shown) => {
    try {
      await shown;
      isBlind = false;
    } catch (error) {
      isBlind = error instanceof ApiError || error.name === "EncodingError"; // of a picture that does not come
      if (!isBlind) throw error;
    }
    tell();
  };
  const tell = () => {
    const [word, way] = chosen();
    if (isBlind) setText(words, t("The photo can't show it here. Your video goes this way all the same."));
    else if (way || !directions[word].length) setText(words, t("Drag the dot to where the camera is to go."));
    else if (get("settings").locked) setText(words, t("The seed chooses the direction, unless you drag the dot."));
    else setText(words, t("Each new seed chooses a direction, unless you drag the dot."));
  };
  const prepare = () => say(view.prepare());
  const choose = (value) => {
    if (value !== read()) set(value);
    show();
    say(view.play(value));
  };

  const pad = createPad({
    label: t("Direction of the camera"),
    ways: () => directions[directed()],
    lean(x, y, way) {
      setText(hint, labels[way] ?? "");
      say(view.follow(directed(), x, y));
    },
    take(way) {
      choose(way ? `${directed()}:${way}` : chosen()[0]);
      requestAnimationFrame(() => pad.element.scrollIntoView({ block: "nearest" })); // what comes above it moves it
    },
    cancel() {
      show();
      view.rest();
    },
  });
  pad.element.addEventListener("pointerenter", prepare);
  const moves = Object.keys(directions).map((word) => {
    const take = () => {
      const [, way] = chosen();
      choose(directions[word].includes(way) ? `${word}:${way}` : word);
    };
    return h("input", { type: "radio", class: "sr", name: id, value: word, onchange: take });
  });
  const chips = moves.map((move) => h("label", { class: "button chip move" }, move, h("span", {}, labels[move.value])));
  const name = h("span", { class: "name", id: `${id}-name` }, row.label);
  const group = { role: "radiogroup", id, "aria-labelledby": name.id, "aria-describedby": help.id };
  const element = h(
    "div",
    { class: "setting directed", onfocusin: prepare },
    h("div", { class: "setting-head" }, name, info, hint),
    h("div", { class: "moves", ...group }, chips),
    h("div", { class: "pad-row" }, pad.element, aside),
    note.element,
    help,
  );
  const show = () => {
    const [word, way = ""] = chosen();
    for (const move of moves) move.checked = move.value === word;
    setText(hint, labels[way] ?? "");
    tell();
    pad.show(way, wordsFor(row, read()));
  };
  return { element, show };
}
