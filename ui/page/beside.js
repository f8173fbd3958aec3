// Beside the sale: the history of the customer in hand, and the new customer's
// card for the phone.

import {h} from './dom.js';
import {t, code, money, moment, day, number, plural, has} from './i18n.js';

export function wallet(s) {
  const q = s.wallet;
  if (!q) return null;
  const all = q.size + 8; // with the quiet zone that readers need
  return h('section.box.wallet', {key: 'wallet'},
    h('h2', null, t('wallet.title')),
    h('svg', {viewBox: '-4 -4 ' + all + ' ' + all, role: 'img', 'aria-label': t('wallet.title'), 'shape-rendering': 'crispEdges'},
      h('rect', {x: '-4', y: '-4', width: all, height: all, fill: '#fff'}), h('path', {d: q.path, fill: '#000'})),
    h('p.note', null, t('wallet.help')));
}

export function history(model, act) {
  const x = model.state.history;
  const cur = model.state.receipt.currency;
  if (!x) return null;
  return h('section.box.history', {key: 'history', 'data-history': x.state},
    h('h2', null, t('history.title')),
    x.text && h('p.note.open', {key: 'why'}, code(['text'], x.text, cur)),
    x.state === 'asked' && h('p.note', {key: 'asked'}, t('history.asked')),
    x.state === 'here' && [
      (x.expiring || []).map((e, i) => h('p.note.open', {key: 'expiring' + i}, t('balance.expiring', {points: e.points, day: day(e.at)}))),
      (x.events || []).length === 0 && h('p.note', {key: 'none'}, t('history.none')),
      h('ul.events', {key: 'events'}, (x.events || []).map((e, i) => event(e, i, cur, act))),
    ],
    (x.state === 'offered' || x.state === 'failed') && h('button.small.wide', {key: 'ask', 'data-do': 'history', 'data-key': 'F6', disabled: Boolean(model.busy), onclick: act.history},
      t(x.state === 'failed' ? 'history.again' : 'history.show'), h('kbd', {'aria-hidden': 'true'}, 'F6')));
}

function event(e, i, cur, act) {
  const what = has('event.' + e.kind) ? t('event.' + e.kind) : t('event.other');
  const more = [moment(e.at, Date.now()), e.amount ? t('event.sale', {amount: e.amount}, cur) : '', e.text || ''].filter(Boolean).join(' · ');
  return h('li', {key: 'event' + i},
    h('span', null, what, h('small', null, more),
      e.sale && e.points > 0 && e.kind === 'earned' && h('button.small', {key: 'return', 'data-do': 'return-of', onclick: () => act.openReturnOf(e.sale)}, t('history.return'))),
    h('span.sum', {class: e.points < 0 ? 'less' : 'plus', 'aria-label': (e.points < 0 ? '−' : '') + plural('points', Math.abs(e.points))}, (e.points < 0 ? '−' : '+') + number(Math.abs(e.points))));
}
