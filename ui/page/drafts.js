// The registrations that could not be made at once, and what became of them.

import {h} from './dom.js';
import {t, moment} from './i18n.js';

export function drafts(model, act) {
  const all = model.state.drafts || [];
  if (all.length === 0) return null;
  const now = Date.now();
  return h('section.box.drafts', {key: 'drafts'},
    h('h2', null, t('drafts.title')),
    h('ul', null, all.map((d) => h('li', {key: d.id, 'data-draft': d.state, class: {waiting: 'info', done: 'good', refused: 'warning'}[d.state]},
      h('span.dot', {'aria-hidden': 'true'}),
      h('span', null, h('strong', null, d.name), ' · ' + d.phone,
        h('small', {class: d.state === 'refused' ? 'open' : ''}, t('drafts.' + d.state, d)),
        h('small', {key: 'at'}, moment(d.at, now))),
      d.state !== 'waiting' && h('button.close', {key: 'drop', 'data-do': 'drop-draft', 'aria-label': t('drafts.drop'), title: t('drafts.drop'), disabled: Boolean(model.busy), onclick: () => act.dropDraft(d.id)}, '×')))));
}
