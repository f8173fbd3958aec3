// A field that is typed into, with its pad for fingers.

import {h} from './dom.js';
import {t, current} from './i18n.js';
import {show, decimalSign, isText} from './entry.js';

const spare = ['*', '-', '/']; // keys of the other answers while digits go into the field

// entryView shows model.entry; o: label, note, submit, others (choices), render, back.
export function entryView(model, act, o) {
  const e = model.entry;
  const kind = e.choice.input;
  const cur = model.state ? model.state.receipt.currency : 'RUB';
  const wrong = e.mistake ? t(e.mistake.mistake, e.mistake.args) : '';
  const blocked = e.where !== 'pair' && (!model.armed || Boolean(model.busy));
  return [
    h('div.field', {key: 'field'},
      h('label', {for: 'entry'}, o.label),
      h('input', {id: 'entry', type: 'text', readonly: true, inputmode: 'none', autocomplete: 'off', value: show(kind, e.value, cur), placeholder: t('placeholder.' + kind), 'aria-describedby': 'entry-note', 'aria-invalid': wrong ? 'true' : null}),
      h('p.note', {id: 'entry-note', class: wrong ? 'wrong' : ''}, wrong || o.note || '\u00a0')),
    isText(kind) ? letters(e, act) : h('div.pad', {key: 'pad', role: 'group', 'aria-label': t('pad')},
      ['7', '8', '9', '4', '5', '6', '1', '2', '3'].map((d) => padKey(d, d, act)),
      kind === 'money' ? padKey(decimalSign(), ',', act) : kind === 'phone' ? padKey('+', '+', act) : padKey('00', '00', act),
      padKey('0', '0', act),
      h('button', {key: 'erase', tabindex: '-1', 'aria-label': t('erase'), onclick: () => act.press('Backspace')}, '⌫')),
    h('div.choices', {key: 'send'},
      h('button.choice.primary', {key: 'submit', 'data-enter': true, 'data-submit': e.choice.id, disabled: blocked, onclick: act.submit},
        h('span.label', null, o.submit), h('span.keys', {'aria-hidden': 'true', key: 'keys'}, h('kbd', null, 'Enter'))),
      (o.others || []).map((c, i) => o.render(c, spare[i] || '')),
      o.back && h('button.choice.quiet', {key: 'back', onclick: act.back}, h('span.label', null, t('back')), h('span.keys', {'aria-hidden': 'true', key: 'keys'}, h('kbd', null, 'Esc')))),
  ];
}

const rows = {ru: 'йцукенгшщзхъфывапролджэячсмитьбюё', en: 'qwertyuiopasdfghjklzxcvbnm'};

// letters is the pad of a field for a name, a receipt's number, or a code, which
// is mostly of Latin letters, whatever the page's language is.
function letters(e, act) {
  const code = e.choice.input !== 'name';
  const alphabet = e.alphabet || (code && e.choice.input !== 'receipt' ? 'en' : current());
  const other = alphabet === 'en' ? 'ru' : 'en';
  const keys = (code ? '1234567890' : '') + rows[alphabet];
  return h('div.pad.letters', {key: 'letters', role: 'group', 'aria-label': t('letters')},
    keys.split('').map((k) => padKey(k.toLocaleUpperCase(), code ? k.toLocaleUpperCase() : k, act)),
    h('button.alphabet', {key: 'alphabet', tabindex: '-1', 'data-pad': 'alphabet', 'aria-label': t('alphabet'), onclick: () => act.alphabet(other)}, rows[other].slice(0, 3).toLocaleUpperCase()),
    padKey('-', '-', act),
    h('button.space', {key: 'space', tabindex: '-1', 'data-pad': ' ', 'aria-label': t('space'), onclick: () => act.press(' ')}, '␣'),
    h('button', {key: 'erase', tabindex: '-1', 'aria-label': t('erase'), onclick: () => act.press('Backspace')}, '⌫'));
}

function padKey(label, key, act) {
  return h('button', {key: 'pad' + key, tabindex: '-1', 'data-pad': key, onclick: () => act.press(key)}, label);
}
