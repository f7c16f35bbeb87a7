/** Opening the page to a phone on the same network, on the computer itself. */

import { api } from "../base/api.js";
import { button, h, icon, iconButton, keyed, setText } from "../base/dom.js";
import { ago, t } from "../base/language.js";
import { openPanel, showError, toast } from "../base/overlays.js";

const LOOK = 2000; // ms, how often the panel asks who has come in

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
