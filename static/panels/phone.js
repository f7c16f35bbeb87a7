/** The phone on the same network: opening to it from the computer, and the way in that it sees itself. */

import { api } from "../base/api.js";
import { button, h, icon, iconButton, keyed, setText } from "../base/dom.js";
import { ago, t } from "../base/language.js";
import { openPanel, showError, toast } from "../base/overlays.js";
import { takeFromHash } from "../base/storage.js";

const LOOK = 2000; // ms, how often the panel asks who has come in

/** The code of the picture that was scanned. It stands behind the “#”, which is never sent, and not for long. */
let scanned = takeFromHash("code");

/** The owner's secret, in the link that --open opens, becomes a cookie before anything is asked for. */
export async function enterAsOwner() {
  const token = takeFromHash("token");
  if (!token) return;
  await api.enter(token).catch(() => {}); // who it does not know is told so by all else
}

/** The panel, on the computer itself. */
export function openPhone() {
  openPanel(t("Open on my phone"), (body) => {
    let now = null; // the door as the server said last
    let latest = 0; // of the answers that overtake each other the last one counts

    const take = async (answer) => {
      const mine = ++latest;
      try {
        const phone = await answer;
        if (mine === latest) show(phone);
      } catch (error) {
        showError(error);
      }
    };
    const closed = createClosed(take);
    const opened = createOpened(take);
    const devices = createDevices(take);
    body.append(closed, opened.element, ...devices.elements);
    const show = (phone) => {
      welcome(phone.devices, now?.devices);
      now = phone;
      closed.hidden = phone.open;
      opened.show(phone);
      devices.show(phone);
    };
    const look = async () => {
      const phone = await api.phone().catch(() => null); // the page says already that nobody answers
      if (phone && now.open) show(phone);
    };

    take(api.phone());
    const looking = setInterval(() => now?.open && look(), LOOK);
    const ticking = setInterval(opened.tick, 1000);
    return () => {
      clearInterval(looking);
      clearInterval(ticking);
    };
  });
}

/** Says who has come in since. */
function welcome(devices, before = devices) {
  for (const { id, name } of devices) {
    if (!before.some((device) => device.id === id)) toast(t("{device} can connect now.", { device: name }));
  }
}

/** What is shown while nobody can come in. */
function createClosed(take) {
  return h(
    "div",
    { class: "phone-part", hidden: true },
    h(
      "p",
      { class: "lead" },
      t(
        "Until you allow it, only this computer can use VideoAi. Then a phone or tablet on the same Wi-Fi can connect with a code that you show it.",
      ),
    ),
    h(
      "p",
      { class: "notice" },
      icon("lock"),
      t("Use a network that you trust: what travels to the phone is not encrypted."),
    ),
    h(
      "div",
      { class: "row" },
      button(t("Allow phones"), () => take(api.openPhone()), { class: "solid" }),
    ),
  );
}

/** The code, as a picture and to be typed, while it is right; then the way to a new one. */
function createOpened(take) {
  let shownCode = null;
  let expires = 0;
  let pictures = 0;
  const qr = h("img", { class: "qr", alt: t("QR code with the page's address and the code") });
  const addresses = h("ul", { class: "addresses" });
  const code = h("output", { class: "pair-code" });
  const left = h("p", { class: "hint-line" });
  const renew = button(t("New code"), () => take(api.newCode()), { class: "solid" });
  const withCode = h(
    "div",
    { class: "phone-part" },
    qr,
    h("p", { class: "lead" }, t("Scan this with your phone's camera.")),
    h("div", {}, h("p", { class: "hint-line" }, t("Or type this address, then the code:")), addresses),
    h("div", {}, code, left),
  );
  const element = h("div", { class: "phone-part", hidden: true }, withCode, h("div", { class: "row" }, renew));

  const tick = () => {
    const seconds = Math.max(0, Math.round((expires - Date.now()) / 1000));
    const valid = Boolean(shownCode) && seconds > 0;
    withCode.hidden = !valid;
    renew.hidden = valid;
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    setText(left, t("Valid for {time}, for one device", { time }));
  };
  const show = (phone) => {
    element.hidden = !phone.open;
    if (phone.code && phone.code !== shownCode) {
      setText(code, `${phone.code.slice(0, 4)} ${phone.code.slice(4)}`);
      qr.src = `${phone.qr_url}?v=${++pictures}`;
    }
    shownCode = phone.code;
    expires = Date.now() + 1000 * phone.code_expires_seconds;
    const itself = (url) => url;
    keyed(addresses, phone.urls, itself, (url) => h("li", {}, new URL(url).host));
    tick();
  };
  return { element, show, tick };
}

/** The devices that were let in, and the way to shut the door. */
function createDevices(take) {
  const none = h("p", { class: "hint-line" }, t("None yet."));
  const list = h("ul", { class: "devices" });
  const shut = button(t("Block phones"), () => take(api.closePhone()), { class: "quiet", name: "lock" });
  const make = ({ id, name }) => {
    const remove = async () => {
      try {
        await api.removeDevice(id);
        toast(t("{device} can no longer connect.", { device: name }));
      } catch (error) {
        showError(error);
      }
      take(api.phone());
    };
    return h(
      "li",
      {},
      h("span", { class: "device-name" }, name),
      h("span", { class: "hint-line" }),
      iconButton("trash", t("Remove {device}", { device: name }), remove),
    );
  };
  const update = (element, { last_seen: seen }) =>
    setText(element.querySelector(".hint-line"), t("last used {when}", { when: ago(seen) }));
  const show = (phone) => {
    shut.hidden = !phone.open;
    none.hidden = phone.devices.length > 0;
    keyed(list, phone.devices, (device) => device.id, make, update);
  };
  return { elements: [h("h3", {}, t("Paired devices")), none, list, h("div", { class: "row" }, shut)], show };
}

/** What a device sees before it is paired; a code that was scanned is tried at once. */
export function createPairing() {
  const field = h("input", {
    type: "text",
    id: "pair-code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    maxlength: "9",
    required: true,
    "aria-describedby": "pair-problem",
  });
  const problem = h("p", { id: "pair-problem", role: "alert" });
  const pair = h("button", { type: "submit", class: "button solid" }, h("span", {}, t("Pair")));
  const send = async (code) => {
    if (!navigator.cookieEnabled) {
      setText(
        problem,
        t("This browser blocks cookies, so it can't stay paired. Allow them for this page and try again."),
      );
      return; // the code is right once
    }
    pair.disabled = true;
    setText(problem, "");
    try {
      await api.pair(code, ownName());
      location.reload();
    } catch (error) {
      setText(problem, [error.message, error.hint].join(" "));
      field.select();
    } finally {
      pair.disabled = false;
    }
  };
  const submit = (event) => {
    event.preventDefault();
    send(field.value);
  };
  const view = h(
    "div",
    { class: "wait pairing", role: "main" },
    icon("phone"),
    h("h2", {}, t("Pair this device")),
    h("p", {}, t("On the computer, choose “Open on my phone”. Type the code it shows, or scan the QR code.")),
    h(
      "form",
      { class: "row", onsubmit: submit },
      h("label", { for: "pair-code", class: "sr" }, t("Code")),
      field,
      pair,
    ),
    problem,
  );
  if (scanned) {
    field.value = scanned;
    send(scanned);
    scanned = null;
  }
  return view;
}

/** An iPad says that it is a Mac; for all others the server knows a name. */
const ownName = () => (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1 ? "iPad" : null);
