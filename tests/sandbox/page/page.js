// The page: channels and people on the left, the conversation, the command box; all of it live.

import { drawBlock } from './blocks.js';
import { clock, element, mrkdwn } from './mrkdwn.js';

const byId = (id) => document.getElementById(id);
const names = { people: new Map(), channels: new Map() };
const view = { bot: '', channel: '', user: '', messages: [], unread: new Set(), history: [], at: -1, draft: '' };
const MAX_CALLS = 60;

async function api(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

// People

function initials(name) {
  return name.split(/\s+/).map((word) => word[0]).join('').slice(0, 2).toUpperCase();
}

function paint(avatar, person) {
  avatar.textContent = person.id === view.bot ? '' : initials(person.real_name);
  avatar.classList.toggle('bot', person.id === view.bot);
  avatar.style.setProperty('--color', `#${person.color}`);
}

function about(person) {
  if (person.is_bot) return 'bot';
  if (person.deleted) return 'deactivated';
  if (person.is_restricted) return 'guest';
  return person.team_id === names.people.get(view.bot).team_id ? person.profile.title : 'external';
}

// The left column

function option(label, current, choose, extra) {
  const item = element('li');
  const button = element('button', 'item');
  button.type = 'button';
  if (current) button.setAttribute('aria-current', 'true');
  if (extra.avatar) {
    const avatar = element('span', 'avatar tiny');
    avatar.setAttribute('aria-hidden', 'true');
    paint(avatar, extra.avatar);
    button.append(avatar);
  }
  if (extra.mark) {
    const mark = element('span', 'mark', extra.mark);
    mark.setAttribute('aria-hidden', 'true');
    button.append(mark);
  }
  const text = element('span', 'label', label);
  button.append(text);
  if (extra.note) button.append(element('span', 'note', extra.note));
  if (extra.unread) {
    button.classList.add('unread');
    text.append(element('span', 'hidden', ', new messages'));
  }
  button.addEventListener('click', choose);
  item.append(button);
  return item;
}

function otherIn(channel) {
  const other = channel.members.find((id) => id !== view.user) || channel.members[0];
  return names.people.get(other);
}

function titleOf(channel) {
  return channel.is_im ? otherIn(channel).real_name : channel.name;
}

// What a person has in the left column: public channels, private ones and direct messages of their own.
function visible(channel) {
  return !(channel.is_im || channel.is_private) || channel.members.includes(view.user);
}

function drawSide() {
  const rooms = [...names.channels.values()].filter(visible);
  const draw = (channel) => option(titleOf(channel), channel.id === view.channel, () => show(channel.id), {
    mark: channel.is_im ? '' : channel.is_private ? '🔒' : '#',
    avatar: channel.is_im ? otherIn(channel) : null,
    note: channel.is_archived ? 'archived' : channel.is_ext_shared ? 'shared' : channel.bot_is_member ? '' : 'no bot',
    unread: view.unread.has(channel.id),
  });
  byId('channels').replaceChildren(...rooms.filter((channel) => !channel.is_im).map(draw));
  byId('dms').replaceChildren(...rooms.filter((channel) => channel.is_im).map(draw));
  const people = [...names.people.values()].filter((person) => !person.is_bot && person.id !== 'USLACKBOT');
  byId('people').replaceChildren(...people.map((person) => option(
    person.real_name, person.id === view.user, () => become(person.id), { avatar: person, note: about(person) })));
  paint(byId('me'), names.people.get(view.user));
}

function closeSide() {
  byId('side').classList.remove('open');
  byId('menu').setAttribute('aria-expanded', 'false');
}

function become(user) {
  view.user = user;
  if (!visible(names.channels.get(view.channel))) view.channel = 'C0GENERAL';
  show(view.channel);
}

async function show(channel) {
  view.channel = channel;
  view.unread.delete(channel);
  const room = names.channels.get(channel);
  byId('channel-name').textContent = (room.is_im ? '' : room.is_private ? '🔒 ' : '# ') + titleOf(room);
  byId('channel-topic').textContent = [room.topic_text, room.about].filter(Boolean).join(' · ');
  closeSide();
  drawSide();
  const answer = await api(`/sandbox/conversation?channel=${encodeURIComponent(channel)}`);
  if (view.channel !== channel) return;
  view.messages = answer.messages;
  drawMessages(true);
}

// Messages

function author(message) {
  const person = names.people.get(message.user) || names.people.get(view.bot);
  const head = element('div', 'author');
  head.append(element('span', 'name', person.id === view.bot ? person.profile.real_name : person.real_name));
  if (person.is_bot) head.append(element('span', 'badge', 'APP'));
  const when = new Date(Number(message.ts) * 1000);
  const time = element('time', '', clock(when));
  time.dateTime = when.toISOString();
  time.title = when.toLocaleString();
  head.append(time);
  return [person, head];
}

// A message keeps its node, so that a table stays sorted while others arrive.
const drawn = new WeakMap();

function nodeOf(message) {
  if (!drawn.has(message)) drawn.set(message, drawMessage(message));
  return drawn.get(message);
}

const dayLines = new Map();
const threads = new WeakMap();

function dayLine(date) {
  if (!dayLines.has(date)) {
    const line = element('div', 'day');
    line.append(element('span', '', date === new Date().toDateString() ? 'Today' : date));
    dayLines.set(date, line);
  }
  return dayLines.get(date);
}

function threadOf(message, replies) {
  if (!threads.has(message)) threads.set(message, element('div', 'thread'));
  const thread = threads.get(message);
  place(thread, replies.map(nodeOf));
  return thread;
}

// Changes only what differs: the focus stays, and screen readers say only what is new.
function place(list, nodes) {
  let same = 0;
  while (same < nodes.length && list.children[same] === nodes[same]) same += 1;
  while (list.children.length > same) list.lastElementChild.remove();
  list.append(...nodes.slice(same));
}

function drawMessage(message) {
  const out = element('article', 'message');
  const [person, head] = author(message);
  const avatar = element('span', 'avatar');
  avatar.setAttribute('aria-hidden', 'true');
  paint(avatar, person);
  const body = element('div', 'body');
  if (message._ephemeral_to) {
    out.classList.add('ephemeral');
    body.append(element('div', 'only-you', 'Only visible to you'));
  }
  if (message._error) out.classList.add('failed');
  body.append(head);
  if (message.blocks && message.blocks.length) {
    for (const block of message.blocks) body.append(drawBlock(block, names));
  } else if (message.text) {
    const text = element('div', message._via === 'slash' ? 'section typed' : 'section');
    text.append(mrkdwn(message.text, names));
    body.append(text);
  }
  for (const attachment of message.attachments || []) {
    const side = element('div', 'attachment');
    side.style.setProperty('--color', attachment.color || '#ddd');
    for (const key of ['pretext', 'title', 'text']) {
      if (attachment[key]) {
        const part = element('div', key);
        part.append(mrkdwn(attachment[key], names));
        side.append(part);
      }
    }
    for (const block of attachment.blocks || []) side.append(drawBlock(block, names));
    body.append(side);
  }
  if (message.edited) body.append(element('span', 'edited', '(edited)'));
  out.append(avatar, body);
  return out;
}

function drawMessages(follow = false) {
  const list = byId('messages');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  const shown = view.messages.filter((message) => !message._ephemeral_to || message._ephemeral_to === view.user);
  const parents = shown.filter((message) => !message.thread_ts || message.thread_ts === message.ts);
  const nodes = [];
  let day = '';
  for (const message of parents) {
    const date = new Date(Number(message.ts) * 1000).toDateString();
    if (date !== day) {
      nodes.push(dayLine(date));
      day = date;
    }
    nodes.push(nodeOf(message));
    const replies = shown.filter((reply) => reply.thread_ts === message.ts && reply.ts !== message.ts);
    if (replies.length) nodes.push(threadOf(message, replies));
  }
  if (!nodes.length) {
    const empty = element('div', 'empty');
    empty.append(element('p', 'empty-title', 'Nothing here yet'),
      element('p', '', 'Type a command below, or take one of the examples. It goes to the bot exactly as Slack would send it.'));
    nodes.push(empty);
  }
  place(list, nodes);
  if (follow || atEnd) list.scrollTop = list.scrollHeight;
}

function onMessage({ channel, message }) {
  if (channel !== view.channel) {
    if (!message._ephemeral_to || message._ephemeral_to === view.user) view.unread.add(channel);
    drawSide();
    return;
  }
  const known = view.messages.findIndex((one) => one.ts === message.ts);
  if (known < 0) view.messages.push(message);
  else view.messages[known] = message;
  view.messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  drawMessages();
}

function onDeleted({ channel, ts }) {
  if (channel !== view.channel) return;
  view.messages = view.messages.filter((message) => message.ts !== ts);
  drawMessages();
}

// Under the hood

const WHO = { slash: 'Slack → bot', slack: 'bot → Slack', hook: 'bot → Slack', looker: 'bot → Looker' };

function onCall(call) {
  const line = element('li', call.ok ? '' : 'bad');
  line.append(element('span', 'who', WHO[call.kind] || call.kind), element('span', 'call', call.kind === 'hook' ? 'response_url' : call.name),
    element('span', 'took', `${call.error || call.status || '-'} · ${Math.round(call.elapsed_ms)} ms`));
  const list = byId('calls');
  list.prepend(line);
  while (list.childElementCount > MAX_CALLS) list.lastElementChild.remove();
  byId('hood-last').textContent = `${WHO[call.kind]}: ${call.kind === 'hook' ? 'response_url' : call.name}`;
}

// The command box

async function send(text) {
  const typed = text.trim().replace(/^\/looker\b\s*/, '');
  const history = view.history;
  if (typed && history[history.length - 1] !== typed) history.push(typed);
  view.at = history.length;
  byId('command').value = '';
  byId('send').disabled = true;
  try {
    await api('/sandbox/slash', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: typed, channel: view.channel, user: view.user }),
    });
  } catch (error) {
    byId('live').textContent = error.message;
  } finally {
    byId('send').disabled = false;
    byId('command').focus();
  }
}

function recall(step) {
  const box = byId('command');
  if (view.at === view.history.length) view.draft = box.value;
  const at = Math.max(0, Math.min(view.history.length, view.at + step));
  if (at === view.at) return;
  view.at = at;
  box.value = at === view.history.length ? view.draft : view.history[at];
  box.setSelectionRange(box.value.length, box.value.length);
}

function listen() {
  const stream = new EventSource('/sandbox/stream');
  const on = (event, handle) => stream.addEventListener(event, (message) => handle(JSON.parse(message.data)));
  stream.addEventListener('open', () => {
    byId('live').textContent = 'live';
    byId('live').className = 'live on';
    show(view.channel);
  });
  stream.addEventListener('error', () => {
    byId('live').textContent = 'not connected';
    byId('live').className = 'live';
  });
  on('message', onMessage);
  on('message_changed', onMessage);
  on('message_deleted', onDeleted);
  on('record', onCall);
  on('channel', load);
  on('reset', () => {
    view.unread.clear();
    byId('calls').replaceChildren();
    show(view.channel);
  });
}

async function load() {
  const state = await api('/sandbox/state');
  names.people = new Map(state.people.map((person) => [person.id, person]));
  names.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  view.bot = state.bot;
  view.user = view.user || 'U0ADA';
  view.channel = view.channel || new URLSearchParams(location.search).get('channel') || 'C0SALES';
  byId('team').textContent = state.team;
  byId('examples').replaceChildren(...state.examples.map((example) => {
    const chip = element('button', 'chip', example);
    chip.type = 'button';
    chip.addEventListener('click', () => send(example));
    return chip;
  }));
  byId('calls').replaceChildren();
  state.calls.forEach(onCall);
  drawSide();
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  send(byId('command').value);
});
byId('command').addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  recall(event.key === 'ArrowUp' ? -1 : 1);
});
byId('menu').addEventListener('click', () => {
  const open = byId('side').classList.toggle('open');
  byId('menu').setAttribute('aria-expanded', String(open));
});

load().then(listen).then(() => byId('command').focus());
