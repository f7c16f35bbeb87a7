/** Making and keeping elements. Text is always text, never markup. */

/** The element with this id, which the page has. */
export const byId = (id) => document.getElementById(id);

/**
 * An element. Properties that begin with "on" are listeners, `style` holds custom and other properties, the rest are
 * attributes or, where the value is no text, properties. Children that are null or false are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") setStyle(element, value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (typeof value !== "string" && name in element) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function setStyle(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null) element.style.removeProperty(name);
    else element.style.setProperty(name, value);
  }
}

/** One of the icons of the page's sprite. */
export function icon(name) {
  const element = byId("icon").content.firstElementChild.cloneNode(true);
  element.firstElementChild.setAttribute("href", `#i-${name}`);
  return element;
}

export function setIcon(element, name) {
  element.querySelector("use").setAttribute("href", `#i-${name}`);
}

/** A button with an icon alone; `label` is read aloud and shown as its tooltip. */
export function iconButton(name, label, onclick, properties = {}) {
  return h(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...properties },
    icon(name),
  );
}

/** What a button with an icon alone is called: read aloud, and shown as its tooltip. */
export function setLabel(element, label) {
  if (element.title === label) return;
  element.setAttribute("aria-label", label);
  element.title = label;
}

/** A button with words, and an icon before them if `name` is given. */
export function button(label, onclick, { name, class: kind = "", ...properties } = {}) {
  const words = h("span", {}, label);
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...properties }, name && icon(name), words);
}

/** Sets text only where it changed, so that screen readers and selections are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes the children of `parent` those of `items`, in their order, reusing elements by key: `make(item)` makes one,
 * `update(element, item)` brings it up to date. Elements that have their place already are not moved, so that
 * focus and hover stay.
 */
export function keyed(parent, items, key, make, update = () => {}) {
  const had = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = new Set(items.map((item) => String(key(item))));
  for (const [id, element] of had) if (!wanted.has(id)) element.remove();
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    const element = had.get(id) ?? make(item);
    element.dataset.key = id;
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}

/** Calls `act` when `delay` ms have passed without another call. */
export function debounced(act, delay) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(act, delay, ...values);
  };
}

export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
/** Whether the page is laid out as for a phone, with the settings as a sheet over it: see styles/sizes.css. */
export const PHONE = matchMedia("(max-width: 43.74rem) and (min-height: 34.01rem)");
export const hasTouch = () => matchMedia("(pointer: coarse)").matches;
