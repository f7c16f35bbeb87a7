/**
 * The focus always has a place. What had it may go – a clip that is deleted, a button that is replaced, a view that gives
 * way – and a browser then leaves it to the body, from where Tab begins at the top. Here it goes to what is nearest.
 */

const CAN_HAVE_IT = "button, a[href], summary, [tabindex='0']:not([role=slider])"; // nothing that a stray key would change
const OVER = "dialog, #messages"; // what lies over the page for a while

/** Where an element stands: it and all around it, from the inside out, each with what comes after and before it. */
function trailOf(element) {
  const trail = [];
  for (let part = element; part && part !== document.body; part = part.parentElement)
    trail.push({ part, after: others(part, "nextElementSibling"), before: others(part, "previousElementSibling") });
  return trail;
}

function others(element, way) {
  const found = [];
  for (let other = element[way]; other; other = other[way]) found.push(other);
  return found;
}

const isSeen = (element) =>
  element.isConnected && element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");

/** Whether an element, or else something in it, takes the focus. */
function takes(element) {
  if (!element.isConnected) return false;
  const inside = [...element.querySelectorAll(CAN_HAVE_IT)];
  return (element.matches(CAN_HAVE_IT) ? [element, ...inside] : inside).some((candidate) => {
    if (!isSeen(candidate)) return false;
    candidate.focus({ preventScroll: true });
    return document.activeElement === candidate;
  });
}

/** To the next one in its list, or the one before; else to what is around the list, and so on. */
const pass = (trail) => trail.some(({ part, after, before }) => takes(part) || after.some(takes) || before.some(takes));

/** Sees to it for as long as the page is open. */
export function keepFocus() {
  let last = []; // the trail of what has the focus
  let under = []; // the trail of what had it before something that lies over the page
  let waiting = false; // what has it is disabled for a moment, and gets it back
  let soon = false;

  const over = (trail) => trail.findIndex(({ part }) => part.matches(OVER));
  document.addEventListener("focusin", ({ target }) => {
    if (target.closest(OVER) && last.length && over(last) < 0) under = last;
    last = trailOf(target);
    waiting = false;
  });
  // Who presses where nothing takes the focus has given it up.
  document.addEventListener("pointerdown", ({ target }) => {
    if (!target.closest?.(CAN_HAVE_IT)) last = [];
  });

  const look = () => {
    soon = false;
    const had = last[0]?.part;
    const has = document.activeElement ?? document.body;
    if (!had || (has !== document.body && has !== had)) return;
    if (isSeen(had)) {
      if (had.matches(":disabled")) waiting = true;
      else if (waiting) had.focus({ preventScroll: true });
      return; // else it has the focus, or gave it up
    }
    const edge = over(last);
    const trail = edge < 0 ? last : [...last.slice(0, edge + 1), ...under];
    last = [];
    pass(trail);
  };
  const lookSoon = () => {
    if (!soon) requestAnimationFrame(look);
    soon = true;
  };
  const changes = {
    childList: true,
    subtree: true,
    attributeFilter: ["hidden", "inert", "disabled", "open", "data-layer"],
  };
  new MutationObserver(lookSoon).observe(document.body, changes);
}
