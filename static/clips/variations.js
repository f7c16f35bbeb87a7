/** Variations: clips of one photo with the same settings and other seeds. */

import { number, t } from "../base/language.js";
import { get, watch } from "../base/store.js";

const keys = new WeakMap(); // by the job as it is: with what is new of it, it is another object
let families = null;

watch(["jobs"], () => {
  families = null;
});

/** The same for all variations of a clip; null where the photo's identity is not known. */
function keyOf(job) {
  if (!job.photo_id) return null;
  if (!keys.has(job)) {
    const { seed, ...others } = job.settings;
    keys.set(job, JSON.stringify([job.photo_id, others]));
  }
  return keys.get(job);
}

/** Its place among its variations, {n, total}, in the order in which they were asked for; null for the only one. */
function placeOf(job) {
  if (!families) {
    families = new Map();
    for (const other of [...get("jobs").values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const key = keyOf(other);
      if (key) families.set(key, [...(families.get(key) ?? []), other.id]);
    }
  }
  const family = families.get(keyOf(job)) ?? [];
  return family.length < 2 ? null : { n: number(family.indexOf(job.id) + 1), total: number(family.length) };
}

/** "Variation 2 of 4", or nothing. */
export function variationOf(job) {
  const place = placeOf(job);
  return place ? t("Variation {n} of {total}", place) : "";
}

/** "2/4", where there is no room for words. */
export function shortVariationOf(job) {
  const place = placeOf(job);
  return place ? `${place.n}/${place.total}` : "";
}
