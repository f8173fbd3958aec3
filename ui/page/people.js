// What waits for a person: refused after the customer had been promised it, or of
// an outcome that nobody knows.

import {h} from './dom.js';
import {t, money, moment} from './i18n.js';

const atOnce = 2; // beside the question; the rest in the dialog

// people is the list as it stands beside the question.
export function people(model, act) {
  const s = model.state;
  const all = s.people || [];
  if (all.length === 0) return null;
  return h('section.box.people', {key: 'people'},
    h('h2', null, t('people.title')),
    s.journal.lost_worth > 0 && h('p.lost', {key: 'lost'}, lost(s)),
    h('ul', null, all.slice(0, atOnce).map((m) => h('li.error', {key: m.key, 'data-matter': m.what},
      h('span.dot', {'aria-hidden': 'true'}),
      h('span', null, h('strong', null, what(m, s)), h('small', {key: 'whose'}, whose(m)), h('small.open', {key: 'why'}, why(m)))))),
    h('button.small.wide', {key: 'all', 'data-do': 'people', 'data-key': 'F9', onclick: act.openPeople}, t('people.open', {n: s.journal.people}), h('kbd', {'aria-hidden': 'true'}, 'F9')));
}

// peopleList is all of it, with what to do about each.
export function peopleList(model) {
  const s = model.state;
  const all = s.people || [];
  const more = s.journal.people - all.length;
  return h('div', {key: 'list'},
    s.journal.lost_worth > 0 && h('p.strip.error', {key: 'lost'}, lost(s)),
    all.length === 0 && h('p', {key: 'none'}, t('people.none')),
    h('ul.matters', {key: 'all'}, all.map((m) => h('li', {key: m.key, 'data-matter': m.what},
      h('strong', null, what(m, s)),
      h('span', null, whose(m)),
      m.since && h('span', {key: 'since'}, t('people.since', {at: moment(m.since, Date.now())})),
      h('span.open', null, why(m)),
      m.detail && h('span.note', {key: 'detail'}, m.detail),
      h('span', null, t(m.lost ? 'people.do.lost' : 'people.do.' + m.state)),
      h('code', null, 'tillgate journal resolve ' + m.key + ' --why "…"')))),
    more > 0 && h('p.note', {key: 'more'}, t('people.more', {n: more})));
}

const lost = (s) => t('people.lost', {points: s.journal.lost || 0, worth: s.journal.lost_worth}, s.receipt.currency);

const what = (m, s) => t(m.lost ? 'people.what.lost' : 'people.what.' + m.what, m, s.receipt.currency);

const whose = (m) => [m.receipt && t('receipt.number', {id: m.receipt}), moment(m.at, Date.now()), m.customer].filter(Boolean).join(' · ');

const why = (m) => (m.state === 'refused' ? t('people.refused', {reason: m.reason}) : t('people.unknown'));
