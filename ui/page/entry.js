// What is typed with a choice: points, money, a phone number, a code, a PIN, a name, a promo code. Pure functions
// on strings; the keyboard and the pad on the screen both go through press.

import {minor, money, number, plural} from './i18n.js';

const longest = {points: 9, money: 10, phone: 15, code: 10, pin: 12, pairing: 8, card: 32, name: 60, receipt: 60, promo: 60, gift: 40};
const asTyped = new Set(['phone', 'code', 'pin', 'pairing', 'card']); // a leading 0 counts
const letters = {name: /^[\p{L}\p{M} .'’-]$/u, receipt: /^[\p{L}\d ./_#№-]$/u, promo: /^[\p{L}\d ._%-]$/u, gift: /^[\p{L}\d -]$/u}; // what is typed with letters

export const isText = (kind) => kind in letters;

// accepts says whether a key goes into a field; the others choose something.
export function accepts(kind, key) {
  return key === 'Backspace' || key === 'Clear' || (isText(kind) ? letters[kind].test(key) : /^(\d+|[.,+])$/.test(key));
}

// press is the value after a key: a digit, "," or "Backspace". Digits that no
// longer fit mark the value as too long, so that a scanner's code is no amount.
export function press(kind, value, key) {
  if (key === 'Backspace') return value.slice(0, -1);
  if (key === 'Clear') return '';
  if (isText(kind)) return value + (kind === 'name' && /(^|[ -])$/.test(value) ? key.toLocaleUpperCase() : key);
  if (/^\d+$/.test(key)) {
    const next = asTyped.has(kind) || value !== '0' ? value + key : key;
    const parts = next.split(',');
    if (kind === 'money' && parts.length > 1 && parts[1].length > 2) return value;
    return next.slice(0, longest[kind] + 1);
  }
  if ((key === ',' || key === '.') && kind === 'money' && !value.includes(',')) return (value || '0') + ',';
  if (key === '+' && kind === 'phone' && value === '') return '+';
  return value;
}

export function tooLong(kind, value) {
  if (isText(kind)) return value.length > longest[kind];
  return value.replace(/\D/g, '').length > longest[kind] - (kind === 'money' ? 1 : 0);
}

// read is what the value means: {amount}, {phone}, {code} or {pin}, or {mistake: key, args}.
export function read(choice, value, currency) {
  const kind = choice.input;
  if (isText(kind)) {
    if (tooLong(kind, value)) return {mistake: 'entry.too_long'};
    return value.trim() === '' ? {mistake: 'entry.' + kind + '_empty'} : {[kind]: value.trim()};
  }
  if (value === '' || value === '+') return {mistake: 'entry.empty'};
  if (tooLong(kind, value)) return {mistake: 'entry.too_long'};
  if (kind === 'pairing') return value.length < longest.pairing ? {mistake: 'entry.pairing_short'} : {pairing: value};
  if (kind === 'code' || kind === 'pin' || kind === 'card') return {[kind]: value};
  if (kind === 'phone') return value.replace(/\D/g, '').length < 10 ? {mistake: 'entry.phone_short'} : {phone: value};
  const amount = kind === 'money' ? minor(value, currency) : Number(value);
  if (amount === null) return {mistake: 'entry.not_money'};
  if (choice.min && amount < choice.min) return {mistake: 'entry.min', args: {min: write(kind, choice.min, currency)}};
  if (choice.max && amount > choice.max) return {mistake: 'entry.max', args: {max: write(kind, choice.max, currency)}};
  return {amount};
}

export function write(kind, amount, currency) {
  return kind === 'money' ? money(amount, currency) : plural('points', amount);
}

// show is the value as it stands in the field.
export function show(kind, value, currency) {
  if (kind === 'phone') return phone(value);
  if (kind === 'code' || kind === 'card' || isText(kind)) return value;
  if (kind === 'pin') return '•'.repeat(value.length);
  if (kind === 'pairing') return value.slice(0, 4) + (value.length > 4 ? ' ' + value.slice(4) : '');
  const [whole, part] = value.split(',');
  const grouped = whole === '' ? '' : number(Number(whole));
  if (kind === 'points') return grouped;
  const separator = decimalSign();
  return (part === undefined ? grouped : grouped + separator + part) + (value === '' ? '' : '\u00a0' + sign(currency));
}

export const decimalSign = () => number(1.5).slice(1, 2);

const sign = (currency) => money(0, currency).replace(/[\d\s.,]/g, '');

// phone groups the digits as they are read aloud: 8 900 123-45-67.
function phone(value) {
  const digits = value.replace(/\D/g, '');
  const lead = digits.length > 10 || /^[78]/.test(digits) ? digits.slice(0, 1) : '';
  const rest = digits.slice(lead.length);
  const groups = [rest.slice(0, 3), rest.slice(3, 6)].filter(Boolean).join(' ');
  const tail = [rest.slice(6, 8), rest.slice(8, 10)].filter(Boolean).map((g) => '-' + g).join('');
  return (value.startsWith('+') ? '+' : '') + [lead, groups].filter(Boolean).join(' ') + tail + rest.slice(10);
}
