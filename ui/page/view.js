// The screen as a whole.

import {h} from './dom.js';
import {t, code, current, languages} from './i18n.js';
import {promptView} from './prompt.js';
import {restView, totalView, phoneView, receiptView, returnView} from './rest.js';
import {refundView} from './refund.js';
import {side, nameOf} from './side.js';
import {dialogView, overlay} from './dialogs.js';
import {cameraView} from './camera.js';

export function view(model, act) {
  const s = model.state;
  return h('div.page', {'data-link': model.link, 'data-armed': String(model.armed && !model.busy)},
    header(model, act),
    s && conditions(model, act),
    h('div.body', {inert: model.dialog || model.link !== 'up' || model.fatal ? true : null},
      h('main', {'aria-busy': model.busy ? 'true' : null},
        s && notices(model, act),
        s && middle(model, act)),
      s && cameraView(model, act),
      s && h('aside', {'aria-label': t('side.label')}, side(model, act))),
    dialogView(model, act),
    overlay(model, act));
}

function middle(model, act) {
  const e = model.entry;
  const own = e && {phone: phoneView, receipt: receiptView, return: returnView}[e.where]; // also while something is asked
  if (own) return own(model, act);
  if (model.state.return) return refundView(model, act);
  if (model.state.prompt) return promptView(model, act);
  if (e && e.where === 'total') return totalView(model, act);
  return restView(model, act);
}

function header(model, act) {
  const s = model.state;
  return h('header', null,
    h('div.brand', null, mark(), h('span', null, (model.welcome && model.welcome.title) || 'tillgate')),
    h('div.pills', null, s && [linkPill(s.link), scannerPill(s.devices || []), journalPill(s.journal)]),
    model.welcome && model.welcome.demo && h('button.small', {onclick: act.openDemo, key: 'demo'}, t('demo.title')),
    model.welcome && model.welcome.camera && h('button.small', {key: 'camera', 'data-do': 'camera', 'data-key': 'F10', 'aria-pressed': String(Boolean(model.camera) && model.camera.state !== 'off'), onclick: act.switchCamera},
      t('camera.open'), h('kbd', {'aria-hidden': 'true'}, 'F10')),
    h('div.languages', {role: 'group', 'aria-label': t('language')}, languages.map((lang) =>
      h('button.small', {key: lang, lang, 'aria-pressed': String(lang === current()), onclick: () => act.language(lang)}, lang.toUpperCase()))));
}

function mark() {
  return h('svg', {viewBox: '0 0 32 32', width: '28', height: '28', 'aria-hidden': 'true'},
    h('rect', {width: '32', height: '32', rx: '7', fill: '#123c8c'}),
    h('path', {d: 'M7 9v14M11 9v14M15 9v14', stroke: '#fff', 'stroke-width': '2'}),
    h('path', {d: 'M18 16.5l4 4 5-8', stroke: '#6fe3a5', 'stroke-width': '3', fill: 'none'}));
}

function pill(kind, text, title) {
  return h('span.pill', {class: kind, title, key: text}, h('span.dot', {'aria-hidden': 'true'}), text);
}

function linkPill(link) {
  return link.online ? pill('good', t('link.online')) : pill('warning', t('link.offline', {since: link.since}));
}

function scannerPill(all) {
  const devices = all.filter((d) => d.state !== 'off');
  const working = devices.filter((d) => d.state === 'ready').length;
  if (devices.length === 0) return pill('warning', t('scanner.none'));
  if (working === devices.length) return pill('good', devices.length === 1 ? t('scanner.ready') : t('scanner.ready_many', {n: devices.length}));
  return pill('warning', working ? t('scanner.some', {n: working, of: devices.length}) : t('scanner.lost'));
}

function journalPill(j) {
  if (!j) return null;
  if (j.people > 0) return pill('error', t('journal.people', {n: j.people}), t('journal.people_help'));
  if (j.unknown > 0) return pill('warning', t('journal.unknown', {n: j.unknown}));
  if (j.pending > 0) return pill('info', t('journal.pending', {n: j.pending}));
  return null;
}

const few = 2; // conditions that are shown at once, the worst ones

function conditions(model, act) {
  const s = model.state;
  const all = s.conditions || [];
  const shown = model.allConditions ? all : all.slice(0, few);
  return h('section.conditions', {'aria-label': t('conditions.label'), key: 'conditions'}, shown.map((c) =>
    h('p.strip', {class: c.severity, key: c.code + (c.args && c.args.device ? c.args.device : '')},
      h('span.since', null, t('since', {at: c.since})), code(['condition'], c, s.receipt.currency))),
  all.length > few && h('button.small.more-conditions', {key: 'more', 'aria-expanded': String(Boolean(model.allConditions)), onclick: act.toggleConditions},
    t(model.allConditions ? 'conditions.less' : 'conditions.more', {n: all.length - few})));
}

// notices are what was said last: by the page itself, then by the desk.
function notices(model, act) {
  const n = model.state.notice;
  const cur = model.state.receipt.currency;
  return h('div.notices', {key: 'notices'},
    model.wedge && strip('warning', t('wedge'), act.closeError, 'wedge'),
    model.error && strip('error', code(['error', 'reason', 'page'], model.error, cur), act.closeError, 'error'),
    (model.state.devices || []).filter((d) => d.advice).map((d) => h('p.strip.warning', {key: 'advice:' + d.id, 'data-advice': d.advice, role: 'status'}, nameOf(d) + ': ' + t('advice.' + d.advice))),
    n && strip(n.severity === 'info' ? 'good' : n.severity, code(['notice'], n, cur), act.dismiss, 'notice'));
}

function strip(kind, text, close, key) {
  return h('div.strip.closable', {class: kind, key, 'data-strip': key}, h('p', null, text),
    h('button.close', {onclick: close, 'aria-label': t('close')}, '×'));
}
