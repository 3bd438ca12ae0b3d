// The panel: what the fakes received, as it happens, each call to be opened.

import { api, byId, remember, remembered } from './api.js';
import { element } from './mrkdwn.js';

const WAY = { schedule: 'Looker → bot', hub: 'Looker → bot', slash: 'Slack → bot', slack: 'bot → Slack', hook: 'bot → response_url', looker: 'bot → Looker', looker2: 'bot → second Looker',
  event: 'Slack → bot' };
const KINDS = [['', 'All'], ['slash', 'Commands'], ['event', 'Events'], ['slack', 'Slack'], ['hook', 'Hooks'], ['looker', 'Looker']];
const MAX_CALLS = 200;
const MAX_SHOWN_CHARS = 200_000;

const rows = new Map(); // n -> { call, item }; the newest is on top
let only = '';
let forgotten = 0;

// The second Looker's calls are Looker's; frames are how events travel without HTTP.
const kindOf = (call) => ({ socket: 'event', schedule: 'looker', hub: 'looker' }[call.kind] || call.kind.replace(/\d+$/, ''));
const isShown = (call) => only === '' || kindOf(call) === only;
const isPulse = (call) => call.kind === 'socket' && /^(in|out) p[io]ng$/.test(call.name);

function wayOf(call) {
  if (call.kind !== 'socket') return WAY[call.kind] || call.kind;
  return /^(in|open|gone|error|refused)\b/.test(call.name) ? 'bot → Slack' : 'Slack → bot';
}

// A call's line

function nameOf(call) {
  // A response_url's path is its secret, and says nothing.
  return call.kind === 'hook' ? `${call.name.split(' ')[0]} response_url` : call.name;
}

function outcomeOf(call) {
  if (!call.done) return 'waits';
  if (call.ok) return call.kind === 'socket' ? 'frame' : String(call.status);
  if (call.kind === 'socket') return call.error || 'refused';
  const why = call.error && call.error.split('\n')[0];
  if (call.status === 200 && why) return why;
  return [call.status || 'no answer', why].filter(Boolean).join(' ');
}

function fillLine(line, call) {
  const when = new Date(call.time * 1000);
  const time = element('time', 'call-time', when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }));
  time.dateTime = when.toISOString();
  const about = element('span', 'call-about');
  about.append(time, element('span', 'call-way', wayOf(call)));
  if (call.fault) about.append(element('span', 'call-fault', `fault: ${call.fault}`));
  const took = element('span', 'call-took', call.elapsed_ms === null ? '' : `${Math.round(call.elapsed_ms)} ms`);
  line.replaceChildren(element('span', 'call-name', nameOf(call)), element('span', 'call-outcome', outcomeOf(call)), about, took);
}

// What is in it

function readable(value) {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function pretty(value) {
  const text = JSON.stringify(value, (key, item) => (item === undefined ? undefined : item), 2);
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}\n… ${text.length - MAX_SHOWN_CHARS} characters more`;
}

function part(title, value) {
  const out = element('section', 'call-part');
  const code = element('pre', '', pretty(value));
  code.tabIndex = 0;
  code.setAttribute('aria-label', title);
  out.append(element('h4', '', title), code);
  return out;
}

async function fillDetail(row) {
  const detail = row.item.querySelector('.call-detail');
  try {
    const { record } = await api(`/sandbox/record/${row.call.n}`);
    const query = Object.keys(record.query || {}).length ? record.query : undefined;
    detail.replaceChildren(
      part('Request', { method: record.http_method, path: record.path, query, headers: record.headers, body: record.body }),
      record.done ? part('Answer', { status: record.status, error: record.error || undefined, fault: record.fault || undefined, body: readable(record.answer) })
        : element('p', 'call-note', 'No answer yet.'));
  } catch (error) {
    detail.replaceChildren(element('p', 'call-note', error.message));
  }
}

// The list

export function onCall(call) {
  if (call.n <= forgotten || isPulse(call)) return;
  let row = rows.get(call.n);
  if (row && row.call.done && !call.done) return; // old news, of before we asked for all
  if (!row) {
    row = { call, item: element('li', 'call') };
    const box = element('details');
    box.append(element('summary'), element('div', 'call-detail'));
    box.addEventListener('toggle', () => { if (box.open) fillDetail(row); });
    row.item.append(box);
    rows.set(call.n, row);
    insert(row);
  }
  row.call = call;
  row.item.dataset.kind = call.kind;
  row.item.classList.toggle('waits', !call.done);
  row.item.classList.toggle('bad', call.done && !call.ok);
  row.item.hidden = !isShown(call);
  fillLine(row.item.querySelector('summary'), call);
  if (row.item.querySelector('details').open) fillDetail(row);
  sayEmpty();
}

function insert(row) {
  const list = byId('calls');
  const before = list.scrollHeight;
  list.prepend(row.item);
  // Who reads an opened call goes on reading.
  if (list.querySelector('details[open]')) list.scrollTop += list.scrollHeight - before;
  if (rows.size > MAX_CALLS) {
    const oldest = Math.min(...rows.keys());
    rows.get(oldest).item.remove();
    rows.delete(oldest);
  }
}

// `last`: what was forgotten does not come back when its answer is there at last.
export function clearCalls({ last = 0 } = {}) {
  forgotten = last;
  rows.clear();
  byId('calls').replaceChildren();
  sayEmpty();
}

function sayEmpty() {
  const shown = [...rows.values()].some((row) => !row.item.hidden);
  const note = byId('calls-empty');
  note.hidden = shown;
  note.textContent = rows.size ? 'Nothing of this kind.' : 'Nothing yet. Type a command, and every call that it causes shows up here.';
}

function show(kind) {
  only = kind;
  remember({ kind });
  for (const { call, item } of rows.values()) item.hidden = !isShown(call);
  sayEmpty();
}

function drawKinds() {
  byId('kinds').append(...KINDS.map(([kind, label]) => {
    const choice = element('label');
    const radio = element('input', 'hidden');
    radio.type = 'radio';
    radio.name = 'kind';
    radio.value = kind;
    radio.checked = kind === only;
    radio.addEventListener('change', () => show(kind));
    choice.append(radio, element('span', '', label));
    return choice;
  }));
}

// The panel itself

export function openHood(wanted) {
  byId('hood').hidden = !wanted;
  byId('hood-toggle').setAttribute('aria-expanded', String(wanted));
  remember({ hood: wanted });
}

// `other` closes the panel that stands in the same place.
export function startHood(other) {
  const last = remembered();
  only = KINDS.some(([kind]) => kind === last.kind) ? last.kind : '';
  drawKinds();
  openHood(last.hood === true);
  const close = () => {
    openHood(false);
    byId('hood-toggle').focus();
  };
  byId('hood-toggle').addEventListener('click', () => {
    if (byId('hood').hidden) other();
    openHood(byId('hood').hidden);
  });
  byId('hood-close').addEventListener('click', close);
  byId('hood').addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  byId('clear-calls').addEventListener('click', async () => {
    try {
      clearCalls(await api('/sandbox/record', 'DELETE'));
    } catch (error) {
      byId('calls-empty').hidden = false;
      byId('calls-empty').textContent = error.message;
    }
  });
  sayEmpty();
}
