/**
 * Starts the page. Whatever keeps it from being built – a module that does not arrive, a browser too old for it, a defect –
 * is said on the card that index.html holds. Nothing is imported beforehand: what is imported may be what fails.
 */

document.body.dataset.starting = "";
const opened = import("./opening.js").then(({ open }) => open());
import("./app.js")
  .then(({ begin }) => begin(opened))
  .then(() => {
    document.body.dataset.started = "";
  })
  .catch(fail);

async function fail(error) {
  const card = document.getElementById("failure");
  document.getElementById("failure-detail").textContent = String(error?.message ?? error);
  document.body.dataset.failed = "";
  reportError(error); // for the console
  // The words and the storage may be what failed: then the card speaks English, and to reload is what can be done.
  const said = import("./base/language.js").then(async ({ loadWords, translatePage }) => {
    await loadWords();
    translatePage(card);
  });
  const offered = import("./base/storage.js").then(({ forgetAll }) => {
    const fresh = document.getElementById("failure-fresh");
    fresh.hidden = false;
    fresh.addEventListener("click", () => {
      forgetAll();
      location.replace("/");
    });
  });
  await Promise.allSettled([said, offered]);
}
