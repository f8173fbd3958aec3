// The keyboard. Everything a cashier can do has a key, and no scanner that types
// like a keyboard does any of it by accident:
//
//   - keys less than `fast` milliseconds apart are a run; people do not type that
//     fast. From the fourth key on a run is a scanner's: what it typed is taken
//     back, the rest of it and its Enter are swallowed, and the page says so;
//   - a key that would choose something waits `quiet` milliseconds and is void if
//     another one follows at once.

const fast = 35;
const quiet = 60;
const scannerRun = 4;
const over = 150; // a scanner's run has ended when nothing came for so long

// listen calls the handlers: type(key) for what goes into a field, true if it
// was taken; act(key) for what chooses; snapshot() and restore(snapshot) for
// the fields; scanner() when a run was taken back.
export function listen(handlers) {
  let last = -Infinity;
  let run = 0;
  let before = null;
  let timer = 0;
  let pending = null;
  let scanning = false;

  function fire() {
    clearTimeout(timer);
    const key = pending;
    pending = null;
    if (key !== null) handlers.act(key);
  }

  // A button with the focus is pressed by what waits, not by the browser as well.
  for (const type of ['keypress', 'keyup']) {
    addEventListener(type, (e) => (e.key === 'Enter' || e.key === ' ') && e.preventDefault(), true);
  }

  addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
    const key = e.key;
    const known = key.length === 1 || ['Enter', 'Backspace', 'Escape', 'ArrowUp', 'ArrowDown', 'Delete', 'F2', 'F3', 'F4', 'F6', 'F7', 'F8', 'F9', 'F10'].includes(key);
    if (!known) return; // Tab and the browser's own
    e.preventDefault();
    if (e.repeat) {
      if (key === 'Backspace') handlers.type(key);
      return;
    }
    const gap = e.timeStamp - last;
    last = e.timeStamp;
    if (scanning && gap < over) return;
    scanning = false;
    if (gap >= fast) {
      fire(); // what waited was a person's
      run = 0;
    }
    if (run === 0) before = handlers.snapshot();
    run++;
    if (run >= scannerRun) {
      clearTimeout(timer);
      pending = null;
      scanning = true;
      run = 0;
      handlers.restore(before);
      handlers.scanner();
      return;
    }
    if (run > 1) {
      clearTimeout(timer);
      pending = null;
      if (key === 'Enter') return;
    }
    if (key.length === 1 || key === 'Backspace' || key === 'Delete') {
      if (handlers.type(key === 'Delete' ? 'Clear' : key)) return;
    }
    if (run === 1) {
      pending = key;
      timer = setTimeout(fire, quiet);
    }
  });
}
