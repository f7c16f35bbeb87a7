/** What is on the disk, and what of it can be freed; on the computer itself. */

import { api } from "../base/api.js";
import { button, h, setText } from "../base/dom.js";
import { bytes, t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";

/** What a share is, in words; one that has none yet, of a version to come, is left out. */
const words = () => ({
  fetched: t("Downloaded models"),
  models: t("Models made or imported here"),
  jobs: t("Photos and saved steps of your clips"),
  photos: t("Photos added on the page"),
  depths: t("Depth found in photos"),
  leftovers: t("Leftovers of interrupted work"),
});

export function createDisk() {
  const list = h("dl", { class: "disk" });
  const free = h("p", { class: "hint-line" });
  const root = h("section", { class: "disk-part", "aria-labelledby": "disk-title" }, list, free);
  const show = async () => {
    try {
      const { shares, free_bytes: left } = await api.disk();
      list.replaceChildren(...shares.filter(({ id, bytes: size }) => size > 0 && words()[id]).map(row));
      setText(free, t("{size} are free on this disk.", { size: bytes(left) }));
    } catch (error) {
      showError(error);
    }
  };
  const row = ({ id, bytes: size }) =>
    h(
      "div",
      {},
      h("dt", {}, words()[id]),
      h("dd", {}, bytes(size), id === "leftovers" && button(t("Delete leftovers"), freeLeftovers, { class: "quiet" })),
    );
  const freeLeftovers = async () => {
    try {
      const { freed_bytes: freed } = await api.freeDisk();
      toast(t("{size} freed.", { size: bytes(freed) }));
    } catch (error) {
      showError(error);
    }
    show();
  };
  return { elements: [h("h3", { id: "disk-title" }, t("On this disk")), root], show };
}
