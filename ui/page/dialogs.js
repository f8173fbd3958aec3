// What lies over the page: a question of its own, pairing, the demo, and what
// keeps everything from working.

import {h} from './dom.js';
import {t, code, money, plural, has} from './i18n.js';
import {entryView} from './pad.js';
import {enrolView} from './enrol.js';
import {peopleList} from './people.js';

export function dialogView(model, act) {
  if (!model.dialog || model.link !== 'up') return null;
  const body = {undo, pair, demo, enrol, people}[model.dialog](model, act);
  return h('div.veil', {key: 'dialog'}, h('div.dialog', {key: model.dialog, role: 'dialog', 'aria-modal': 'true', 'aria-label': t(model.dialog + '.title'), class: model.dialog}, body));
}

function undo(model, act) {
  const l = model.state.return || model.state.last;
  const cur = model.state.receipt.currency;
  return [
    h('h1', null, t(model.state.return ? 'return.undo' : 'undo.title')),
    model.state.return && h('p', {key: 'why'}, t('return.undo_why')),
    l && h('p', null, h('strong', null, l.customer || t('customer.nameless')), ' · ' + money(l.total, cur)),
    l && h('p', {key: 'back'}, t('undo.what', {spent: l.spent, earned: l.earned})),
    h('div.choices', null,
      h('button.choice.primary', {key: 'yes', 'data-do': 'undo-yes', 'data-key': '1', disabled: Boolean(model.busy), onclick: act.undo}, h('span.label', null, t('undo.yes')), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, '1'))),
      h('button.choice.quiet', {key: 'no', onclick: act.close}, h('span.label', null, t('undo.no')), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, 'Esc')))),
  ];
}

function pair(model, act) {
  const p = model.pairing;
  const left = p && p.until ? Math.max(0, Math.ceil((p.until - Date.now()) / 1000)) : 0;
  let body = h('p', {key: 'wait'}, '…');
  if (p && p.state === 'paired') body = h('p.strip.good', {key: 'done'}, t('pair.done', {name: p.name || p.origin || ''}));
  else if (p && (p.state === 'closed' || left === 0)) body = h('p.strip.warning', {key: 'closed'}, t('pair.closed'));
  else if (p) {
    body = h('div', {key: 'code'}, h('p', null, t('pair.help')),
      h('p.code', {'aria-label': p.code.split('').join(' ')}, p.code.slice(0, 4) + ' ' + p.code.slice(4)), h('p.note', null, t('pair.left', {n: left})));
  }
  return [h('h1', null, t('pair.title')), body, closeButton(act)];
}

function enrol(model, act) {
  return [h('h1', null, t('enrol.title')), enrolView(model), closeButton(act)];
}

function people(model, act) {
  return [h('h1', null, t('people.title')), peopleList(model), closeButton(act)];
}

function demo(model, act) {
  const d = model.demo;
  return [
    h('h1', null, t('demo.title')),
    d && h('div.cut', {key: 'cut'}, h('p', null, t(d.cut ? 'demo.is_cut' : 'demo.is_up')),
      h('button.small', {key: 'switch', 'data-do': 'cut', 'aria-pressed': String(d.cut), onclick: () => act.cut(!d.cut)}, t(d.cut ? 'demo.bring_back' : 'demo.cut'))),
    h('p.note', {key: 'help'}, t('demo.help')),
    d && h('div.cards', {key: 'cards'}, d.cards.map((c) => h('button.card', {key: c.code, 'data-card': c.code, onclick: () => { act.close(); act.scan(c.code); }},
      h('span', null, h('strong', null, c.name || (has('demo.kind.' + c.kind) ? t('demo.kind.' + c.kind) : c.kind || '—')), c.tier && h('span.tier', {key: 'tier'}, c.tier)),
      h('span.mono', null, c.code), h('span', null, c.name ? plural('points', c.points) + (c.kind && has('demo.kind.' + c.kind) ? ', ' + t('demo.kind.' + c.kind) : '') : '')))),
    closeButton(act),
  ];
}

function closeButton(act) {
  return h('button.choice.quiet', {key: 'close', onclick: act.close}, h('span.label', null, t('close')), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, 'Esc')));
}

// overlay says why nothing can be done at all, and what to do about it.
export function overlay(model, act) {
  if (model.unpaired) return cover('unpaired', 'warning', [
    h('h1', null, t('unpaired.title')), h('p', null, t('unpaired.help')),
    model.error && h('p.strip.error', {key: 'error'}, code(['page'], model.error)),
    model.entry && h('div.typing', {key: 'typing'}, entryView(model, act, {label: t('entry.pairing'), submit: t('submit.pairing')})),
  ]);
  if (model.fatal && model.link === 'up') {
    return cover('fatal', 'error', [
      h('h1', null, t('fatal.title')), h('p', null, t(has('fatal.' + model.fatal.code) ? 'fatal.' + model.fatal.code : 'fatal.other')),
      h('p.mono', null, model.fatal.detail), h('p.note', null, t('fatal.shop')),
    ]);
  }
  if (model.link === 'connecting') return cover('connecting', 'info', [h('h1', null, t('connecting'))]);
  if (model.link === 'down') {
    const left = Math.max(0, Math.ceil((model.retryAt - Date.now()) / 1000));
    return cover('down', 'error', [
      h('h1', null, t('down.title')), h('p', null, t('down.help')), h('p.note', null, t('down.again', {n: left})),
      h('button.choice.primary', {key: 'retry', onclick: act.retry}, h('span.label', null, t('down.retry')), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, 'Enter'))),
    ]);
  }
  return null;
}

function cover(key, kind, body) {
  return h('div.veil.cover', {key: 'cover', 'data-cover': key, role: 'alertdialog', 'aria-modal': 'true', 'aria-label': t(key === 'connecting' ? 'connecting' : key + '.title')}, h('div.dialog', {key, class: kind}, body));
}
