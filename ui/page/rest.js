// What is on the screen while nothing is asked.

import {h} from './dom.js';
import {t} from './i18n.js';
import {entryView} from './pad.js';

export function restView(model, act) {
  const r = model.state.receipt;
  const cur = r.currency;
  const typed = r.known && r.source !== 'pos';
  const blocked = !model.armed || Boolean(model.busy);
  const button = (id, key, run, primary) => h('button.choice', {key: id, 'data-do': id, 'data-key': key, class: primary ? 'primary' : '', disabled: blocked, onclick: run},
    h('span.label', null, t('rest.' + id)), h('span.keys', {'aria-hidden': 'true'}, h('kbd', null, key)));
  return h('section.rest', {key: 'rest'},
    h('div.invite', null, picture(), h('h1', null, t('rest.scan')), h('p', null, r.known ? t('rest.total_known', {total: r.total}, cur) : t('rest.help'))),
    h('div.choices', null,
      button('phone', 'F2', act.openPhone),
      r.source !== 'pos' && button(r.known ? 'total_again' : 'total', 'F4', act.openTotal),
      typed && button('paid', 'F9', () => act.finish('paid')),
      typed && button('void', '-', () => act.finish('void')),
      button('return', 'F3', act.openReceipt)));
}

export function totalView(model, act) {
  return h('section.prompt', {key: 'total'}, h('div.question', null, h('h1', null, t('prompt.total'))),
    h('div.typing', null, entryView(model, act, {label: t('entry.total'), submit: t('submit.total'), back: true})));
}

export function phoneView(model, act) {
  return h('section.prompt', {key: 'phone'}, h('div.question', null, h('h1', null, t('rest.phone'))),
    h('div.typing', null, entryView(model, act, {label: t('entry.phone'), submit: t('submit.phone'), back: true})));
}

export function receiptView(model, act) {
  return h('section.prompt', {key: 'receipt-number'}, h('div.question', null, h('h1', null, t('rest.return'))),
    h('div.typing.text', null, entryView(model, act, {label: t('entry.receipt'), submit: t('submit.receipt'), back: true})));
}

export function returnView(model, act) {
  const c = model.entry.choice;
  const number = c.receipt;
  const note = c.max ? t('entry.return_max', {max: c.max}, model.state.receipt.currency) : '';
  return h('section.prompt', {key: 'return'}, h('div.question', null, h('h1', null, number ? t('return.of', {id: number}) : t('return.last'))),
    h('div.typing', null, entryView(model, act, {label: t('entry.return'), note, submit: t('submit.return'), back: true})));
}

function picture() {
  return h('svg.picture', {viewBox: '0 0 120 76', width: '168', height: '106', 'aria-hidden': 'true'},
    h('rect', {x: '2', y: '2', width: '116', height: '72', rx: '9', fill: 'none', stroke: 'currentColor', 'stroke-width': '3'}),
    h('path', {d: 'M16 44v18M21 44v18M28 44v18M32 44v18M40 44v18M45 44v18M49 44v18M57 44v18M62 44v18', stroke: 'currentColor', 'stroke-width': '2.4'}),
    h('rect', {x: '16', y: '15', width: '44', height: '7', rx: '3.5', fill: 'currentColor'}),
    h('rect', {x: '16', y: '27', width: '28', height: '5', rx: '2.5', fill: 'currentColor'}),
    h('path', {d: 'M86 14l3.9 7.9 8.7 1.3-6.3 6.1 1.5 8.7-7.8-4.1-7.8 4.1 1.5-8.7-6.3-6.1 8.7-1.3z', fill: 'currentColor'}));
}
