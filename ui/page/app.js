// The page: what it knows, what it does, and when it draws.

import {patch} from './dom.js';
import * as i18n from './i18n.js';
import {connect} from './link.js';
import {listen} from './keys.js';
import * as entry from './entry.js';
import {view} from './view.js';
import {title} from './prompt.js';
import {camera} from './camera.js';
import * as pictures from './pictures.js';
import {keepPage} from './offline.js';

const returned = {id: 'return', input: 'money', min: 1};
const armTime = 350; // milliseconds for which a new prompt takes no answer

// model is all that the page knows. The sections of state are the desk's.
const model = {
  state: null,
  link: 'connecting', // 'up', 'down'
  retryAt: 0,
  welcome: null,
  fatal: null,
  unpaired: false,
  entry: null, // {where: 'prompt' | 'total' | 'phone' | 'receipt' | 'return', choice, value, mistake, auto}
  dialog: null, // 'undo', 'pair', 'demo', 'enrol'
  busy: '', // key of the button whose command is on its way
  error: null, // {code, args}: why the last command was not done
  wedge: false, // a scanner typed into the page
  armed: true,
  pairing: null, // {code, until, state, origin}
  enrolment: null, // how the enrolment of a scanner stands, as the server says it
  demo: null, // {cut, cards}
  allConditions: false,
  camera: null, // the camera of this page, see camera.js
  picture: null, // what became of a picture that was dropped, see pictures.js
};

let server = null;
let armTimer = 0;

// do: everything that a press or a key can cause.
const act = {
  choose(choice) {
    const prompt = model.state && model.state.prompt;
    if (!prompt || !ready()) return;
    if (choice.disabled) return fail({code: choice.disabled});
    if (choice.input && !(model.entry && model.entry.choice.id === choice.id)) return openEntry('prompt', choice);
    const fields = {do: 'choose', prompt: prompt.id, choice: choice.id};
    if (choice.input) {
      const typed = readEntry();
      if (!typed) return;
      Object.assign(fields, typed);
    }
    // A code or a PIN that was wrong is not corrected but typed anew.
    send('choice:' + choice.id, fields, () => choice.input === 'code' && clearEntry(), () => choice.input === 'pin' && clearEntry());
  },
  submit() {
    const e = model.entry;
    if (!e) return;
    if (e.where === 'prompt') return act.choose(e.choice);
    const typed = readEntry();
    if (!typed) return;
    if (e.where === 'pair') return act.enterCode(typed.pairing);
    if (!ready()) return;
    if (e.where === 'receipt') send('entry', {do: 'open_return', sale: {receipt: typed.receipt, total: 0}}, closeEntry);
    else if (e.where === 'return') send('entry', {do: 'preview_return', sale: {total: typed.amount}}, closeEntry);
    else if (e.where === 'phone') send('entry', {do: 'identify', phone: typed.phone}, closeEntry);
    else send('entry', {do: 'set_receipt', sale: {total: typed.amount}}, closeEntry);
  },
  press(key) {
    const e = model.entry;
    if (!e || !entry.accepts(e.choice.input, key)) return false;
    e.value = entry.press(e.choice.input, e.value, key);
    e.mistake = entry.tooLong(e.choice.input, e.value) ? {mistake: 'entry.too_long'} : null;
    model.wedge = false;
    draw();
    return true;
  },
  alphabet(lang) {
    model.entry.alphabet = lang;
    draw();
  },
  openTotal() {
    if (model.state && model.state.receipt.source !== 'pos') openEntry('total', {id: 'total', input: 'money'});
  },
  openPhone() {
    openEntry('phone', {id: 'phone', input: 'phone'});
  },
  // Goods of the last sale come back, or those of a receipt that is named.
  openReturn() {
    const last = model.state && model.state.last;
    if (last && last.left > 0) act.openReturnOf(last.sale);
  },
  openReturnOf(sale) {
    if (ready()) send('open-return', {do: 'open_return', sale: {sale, total: 0}}, () => (model.entry = null));
  },
  openReturnSum() {
    const r = model.state.return;
    openEntry('return', {...returned, max: r.left, receipt: r.receipt, sale: {sale: r.sale}});
  },
  markLine(line, qty) {
    const r = model.state.return;
    const items = ((r.preview && r.preview.items) || []).filter((x) => x.line !== line);
    if (qty > 0) items.push({line, qty});
    act.mark(items.sort((a, b) => a.line - b.line));
  },
  markAll() {
    act.mark(model.state.return.lines.map((l, line) => ({line, qty: l.left})).filter((x) => x.qty > 0));
  },
  mark(items) {
    const sale = model.state.return.sale;
    if (items.length > 0) send('mark', {do: 'preview_return', items});
    else send('mark', {do: 'open_return', sale: {sale, total: 0}}); // nothing is marked: as it was
  },
  giveBack() {
    const r = model.state.return;
    if (!ready() || !r.preview) return;
    const items = r.preview.items || [];
    send('return', items.length > 0 ? {do: 'return', sale: {sale: r.sale, total: 0}, items} : {do: 'return', sale: {sale: r.sale, total: r.preview.amount}});
  },
  askUndoOf() {
    open('undo');
  },
  closeReturn() {
    send('close-return', {do: 'close_return'});
  },
  openReceipt() {
    openEntry('receipt', {id: 'receipt', input: 'receipt'});
  },
  dropDraft(id) {
    send('draft', {do: 'drop_draft', draft: id});
  },
  history() {
    send('history', {do: 'history'});
  },
  back() {
    if (model.dialog) model.dialog = null;
    else if (model.entry && !model.entry.auto) closeEntry();
    else if (model.state && model.state.return) act.closeReturn();
    else if (choiceOf('leave')) act.choose(choiceOf('leave'));
    else if (model.error || model.wedge) model.error = model.wedge = null;
    else if (model.state && model.state.notice) send('dismiss', {do: 'dismiss'});
    else act.closeCamera();
    draw();
  },
  finish(verb) {
    const r = model.state.receipt;
    if (ready()) send(verb, {do: verb, ...(r.id ? {sale: {receipt: r.id, total: r.total}} : {})});
  },
  askUndo() {
    if (model.state && !model.state.return && model.state.last && model.state.last.can_undo) open('undo');
  },
  undo() {
    const r = model.state.return;
    if (ready()) send('undo', {do: 'undo', ...(r ? {sale: {sale: r.sale, total: 0}} : {})}, () => open(null));
  },
  dismiss() {
    send('dismiss', {do: 'dismiss'});
  },
  closeError() {
    model.error = null;
    model.wedge = false;
    draw();
  },
  language(lang) {
    i18n.choose(lang).then(draw, (err) => fail({code: 'page', args: {detail: err.message}}));
  },
  toggleConditions() {
    model.allConditions = !model.allConditions;
    draw();
  },
  retry() {
    server.retry();
  },
  async openPairing() {
    open('pair');
    model.pairing = null;
    const out = await http('POST', 'v1/pair/code', {});
    if (out) model.pairing = {state: 'open', code: out.code, until: Date.now() + out.seconds * 1000};
    tick();
  },
  async enterCode(code) {
    const out = await http('POST', 'v1/pair', {code, name: 'tillgate'});
    if (!out) return;
    localStorage.setItem('tillgate.token', out.token);
    model.unpaired = false;
    model.entry = null;
    server.retry();
    draw();
  },
  openPeople() {
    open('people');
  },
  async openEnrol() {
    open('enrol');
    model.enrolment = null;
    model.enrolment = await http('POST', 'v1/enrol', {});
    if (!model.enrolment) return open(null);
    followEnrolment();
  },
  close() {
    open(null);
  },
  switchCamera() {
    if (!model.welcome || !model.welcome.camera) return;
    model.picture = null;
    model.camera.toggle();
  },
  closeCamera() {
    model.picture = null;
    model.camera.close();
  },
  choosePicture() {
    pictures.choose(act.picture);
  },
  async picture(file) {
    model.picture = {state: 'reading'};
    draw();
    model.picture = await pictures.read(file);
    draw();
  },
  async openDemo() {
    open('demo');
    model.demo = (await http('GET', 'v1/demo')) || model.demo;
    draw();
  },
  async cut(cut) {
    model.demo = (await http('POST', 'v1/demo/cut', {cut})) || model.demo;
    draw();
  },
  async scan(code) {
    await http('POST', 'v1/demo/scan', {code});
  },
};

// ready says whether a command may go now.
function ready() {
  return model.armed && !model.busy && model.link === 'up';
}

async function send(key, fields, done, failed) {
  if (model.busy || model.link !== 'up') return;
  model.busy = key;
  model.error = null;
  draw();
  const answer = await server.command(fields);
  model.busy = '';
  if (answer.ok) {
    if (done) done();
  } else {
    if (failed) failed();
    fail(answer.error || {code: 'page', args: {detail: ''}});
  }
  draw();
}

function fail(error) {
  model.error = error;
  say('alert', i18n.code(['error', 'reason', 'page'], error, currency()));
  draw();
}

// http calls the server; null if it refused, which is shown.
async function http(method, path, body) {
  try {
    const res = await fetch(path, {method, headers: body ? {'Content-Type': 'application/json'} : {}, body: body && JSON.stringify(body)});
    const text = await res.text();
    const out = text ? JSON.parse(text) : {};
    if (res.ok) return out;
    fail({code: out.code || 'page', args: {detail: out.detail || out.title || ''}});
  } catch (err) {
    fail({code: 'page', args: {detail: err.message}});
  }
  return null;
}

// followEnrolment asks how the enrolment stands while its dialog is open. Closed
// before the end, the code is taken away.
async function followEnrolment() {
  draw();
  while (model.dialog === 'enrol' && model.enrolment && model.enrolment.state === 'waiting') {
    await new Promise((later) => setTimeout(later, 500));
    if (model.link !== 'up') continue;
    const now = await http('GET', 'v1/enrol');
    if (now) model.enrolment = now;
    draw();
  }
  if (model.enrolment && model.enrolment.state === 'waiting') http('DELETE', 'v1/enrol');
}

function open(dialog) {
  model.dialog = dialog;
  draw();
}

function openEntry(where, choice, auto) {
  model.entry = {where, choice, value: '', mistake: null, auto: Boolean(auto)};
  model.error = null;
  draw();
}

function closeEntry() {
  model.entry = null;
  autoEntry();
}

function clearEntry() {
  if (model.entry) model.entry.value = '';
}

// autoEntry opens the field of a prompt whose first answer is something typed.
function autoEntry() {
  const prompt = model.state && model.state.prompt;
  const choice = prompt && prompt.choices.find((c) => c.primary && c.input && !c.disabled);
  if (choice && !model.entry) model.entry = {where: 'prompt', choice, value: '', mistake: null, auto: true};
}

function readEntry() {
  const e = model.entry;
  const out = entry.read(e.choice, e.value, currency());
  if (!out.mistake) return out;
  e.mistake = out;
  say('alert', i18n.t(out.mistake, out.args));
  draw();
  return null;
}

const currency = () => (model.state && model.state.receipt.currency) || 'RUB';

// choiceOf is the answer of that id, if the prompt has it.
const choiceOf = (id) => model.state && model.state.prompt && model.state.prompt.choices.find((c) => c.id === id);

const question = (prompt) => (prompt ? prompt.question || prompt.id : '');

// took takes new sections of the state in.
function took(sections, whole) {
  const before = model.state && model.state.prompt;
  const had = model.state ? model.state.receipt : null;
  model.state = whole ? sections : {...model.state, ...sections};
  model.fatal = null;
  const prompt = model.state.prompt;
  if ((before && before.id) !== (prompt && prompt.id)) arm();
  if (question(before) !== question(prompt)) {
    // Another question: nothing that was begun for the one before counts.
    if (document.activeElement && document.activeElement !== document.body) document.activeElement.blur();
    model.error = null;
    if (prompt || (model.entry && model.entry.where === 'prompt')) model.entry = null;
    if (prompt) {
      model.dialog = null;
      say('say', title(prompt, currency()));
    }
  } else if (model.entry && model.entry.where === 'prompt') {
    // The same question: what was typed stays, with the bounds of now.
    const now = prompt.choices.find((c) => c.id === model.entry.choice.id && !c.disabled);
    if (now) model.entry.choice = now;
    else model.entry = null;
  }
  if (had && model.entry && model.entry.where === 'total' && model.state.receipt.source === 'pos') model.entry = null;
  if (sections.notice) say('say', i18n.code(['notice'], sections.notice, currency()));
  autoEntry();
  if ('link' in sections && model.dialog === 'demo') act.openDemo();
  draw();
}

// arm keeps answers away from a prompt that has just appeared.
function arm() {
  model.armed = false;
  clearTimeout(armTimer);
  armTimer = setTimeout(() => {
    model.armed = true;
    draw();
  }, armTime);
}

function say(where, text) {
  const el = document.getElementById(where);
  el.textContent = '';
  setTimeout(() => (el.textContent = text), 30);
}

let drawn = false;

// draw brings the screen up to the model, once per turn.
function draw() {
  if (drawn) return;
  drawn = true;
  queueMicrotask(() => {
    drawn = false;
    patch(document.getElementById('app'), [view(model, act)]);
    document.title = (model.welcome && model.welcome.title) || 'tillgate';
  });
}

// tick draws every second while something on the screen counts down.
function tick() {
  draw();
  const counting = model.link === 'down' || (model.dialog === 'pair' && model.pairing && model.pairing.state === 'open');
  if (counting) setTimeout(tick, 500);
}

// key does what a key other than a digit of a field stands for.
function key(k) {
  const focused = document.activeElement;
  const button = focused && focused.localName === 'button' ? focused : null;
  if (model.link !== 'up' && !model.unpaired && k === 'Enter' && !button) return act.retry();
  if (k === ' ' && button) return button.click();
  if (k === 'Enter') {
    if (button) return button.click();
    const first = document.querySelector('[data-enter]:not(:disabled)');
    if (first) first.click();
    return;
  }
  if (k === 'Escape') return act.back();
  if (k === 'ArrowDown' || k === 'ArrowUp') return move(k === 'ArrowDown' ? 1 : -1);
  if (model.dialog && k.startsWith('F')) return;
  const target = [...document.querySelectorAll((model.dialog ? '.dialog ' : '') + '[data-key]:not(:disabled)')].find((b) => b.dataset.key.split(' ').includes(k));
  if (target) target.click();
}

function move(by) {
  const all = [...document.querySelectorAll('main button:not(:disabled)')];
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  all[(at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by + all.length) % all.length].focus();
}

// digitAtRest begins a total when somebody types while nothing is asked.
function digitAtRest(k) {
  const s = model.state;
  if (!s || s.prompt || s.return || model.entry || model.dialog || s.receipt.source === 'pos' || !/^\d$/.test(k)) return false;
  act.openTotal();
  return act.press(k);
}

async function main() {
  for (;;) {
    try {
      await i18n.choose(i18n.preferred());
      break;
    } catch {
      await new Promise((again) => setTimeout(again, 1000));
    }
  }
  document.getElementById('app').replaceChildren();
  draw();
  listen({
    type: (k) => !model.dialog && (model.link === 'up' || model.unpaired) && (act.press(k) || digitAtRest(k)),
    act: key,
    snapshot: () => (model.entry ? {...model.entry} : null),
    restore(old) {
      model.entry = old;
      autoEntry();
    },
    scanner() {
      model.wedge = true;
      say('alert', i18n.t('wedge'));
      draw();
    },
  });
  // A press must not leave the focus where the next Enter would repeat it.
  addEventListener('click', (e) => e.detail > 0 && document.activeElement && document.activeElement.blur());
  model.camera = camera({camera: (on) => server.camera(on), frame: (bytes) => server.frame(bytes)}, draw);
  pictures.listen(() => Boolean(model.welcome && model.welcome.camera) && model.link === 'up', act.picture);
  server = connect({
    state: took,
    up(welcome) {
      model.link = 'up';
      model.welcome = welcome;
      model.unpaired = false;
      model.camera.resume();
      draw();
    },
    down(retryAt) {
      if (model.link === 'up') model.downSince = Date.now();
      model.link = 'down';
      model.retryAt = retryAt;
      tick();
    },
    fatal(m) {
      model.fatal = m;
      draw();
    },
    view(m) {
      model.camera.took(m);
    },
    pairing(m) {
      if (model.pairing) model.pairing = {...model.pairing, ...m};
      draw();
    },
    unpaired() {
      if (!model.unpaired) model.entry = {where: 'pair', choice: {id: 'pairing', input: 'pairing'}, value: '', mistake: null, auto: true};
      model.unpaired = true;
      draw();
    },
  });
}

main();
keepPage();
