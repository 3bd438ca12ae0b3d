// The page: channels and people on the left, the conversation, the command box; all of it live.

import { api, byId, place } from './api.js';
import { setFaults, setWorkspace, startFaults } from './faults.js';
import { onHome, placeHome, startHome } from './home.js';
import { clearCalls, onCall, openHood, startHood } from './hood.js';
import { onBotMessage, openLooker, startLooker } from './looker.js';
import { avatarOf, drawMessage, paint } from './message.js';
import { onConnection, setMode, startMode } from './mode.js';
import { onView, placeModals, refreshModals } from './modal.js';
import { element } from './mrkdwn.js';

const names = { people: new Map(), channels: new Map() };
const view = { bot: '', channel: '', user: '', messages: [], unread: new Set(), history: [], at: -1, draft: '' };

// What is asked and what the stream tells is done one after the other: news never gets lost in an older answer.
let order = Promise.resolve();

function inOrder(work) {
  order = order.then(work).catch((error) => say(error.message, false));
  return order;
}

function say(words, isLive) {
  const live = byId('live');
  if (live.textContent !== words) live.textContent = words;
  live.classList.toggle('on', isLive);
}

// The left column

function about(person) {
  if (person.is_bot) return 'bot';
  if (person.deleted) return 'deactivated';
  if (person.is_restricted) return 'guest';
  return person.team_id === names.people.get(view.bot).team_id ? person.profile.title : 'external';
}

function option(label, current, choose, extra) {
  const item = element('li');
  const button = element('button', 'item');
  button.dataset.id = extra.id;
  button.type = 'button';
  if (current) button.setAttribute('aria-current', 'true');
  if (extra.avatar) button.append(avatarOf(extra.avatar, view.bot, 'tiny'));
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
  const focused = document.activeElement.dataset.id;
  const rooms = [...names.channels.values()].filter(visible);
  const draw = (channel) => option(titleOf(channel), channel.id === view.channel, () => show(channel.id), {
    id: channel.id,
    mark: channel.is_im ? '' : channel.is_private ? '🔒' : '#',
    avatar: channel.is_im ? otherIn(channel) : null,
    note: channel.is_archived ? 'archived' : channel.is_ext_shared ? 'shared' : channel.bot_is_member ? '' : 'no bot',
    unread: view.unread.has(channel.id),
  });
  byId('channels').replaceChildren(...rooms.filter((channel) => !channel.is_im).map(draw));
  byId('dms').replaceChildren(...rooms.filter((channel) => channel.is_im).map(draw));
  const people = [...names.people.values()].filter((person) => !person.is_bot && person.id !== 'USLACKBOT');
  byId('people').replaceChildren(...people.map((person) => option(
    person.real_name, person.id === view.user, () => become(person.id), { id: person.id, avatar: person, note: about(person) })));
  paint(byId('me'), names.people.get(view.user), view.bot);
  const again = focused && byId('side').querySelector(`[data-id="${CSS.escape(focused)}"]`);
  if (again) again.focus();
}

function closeSide() {
  byId('side').classList.remove('open');
  byId('menu').setAttribute('aria-expanded', 'false');
}

function become(user) {
  view.user = user;
  show(visible(names.channels.get(view.channel)) ? view.channel : 'C0GENERAL');
}

const show = (channel) => inOrder(() => showNow(channel));

async function showNow(channel) {
  view.channel = channel;
  view.unread.delete(channel);
  const room = names.channels.get(channel);
  byId('channel-name').textContent = (room.is_im ? '' : room.is_private ? '🔒 ' : '# ') + titleOf(room);
  byId('channel-topic').textContent = [room.topic_text, room.about].filter(Boolean).join(' · ');
  placeHome(view.user, room.is_im && room.bot_is_member);
  await placeModals(view.user, names);
  byId('command').placeholder = `Message ${room.is_im ? '' : '#'}${titleOf(room)}, or /looker help`;
  closeSide();
  drawSide();
  view.messages = (await api(`/sandbox/conversation?channel=${encodeURIComponent(channel)}`)).messages;
  drawMessages(true);
}

// The conversation. A message keeps its node, so that a table stays sorted while others arrive.

const drawn = new WeakMap();
const dayLines = new Map();
const threads = new WeakMap();

function nodeOf(message) {
  if (!drawn.has(message)) drawn.set(message, drawMessage(message, names, view.bot, () => ({ channel: view.channel, user: view.user })));
  return drawn.get(message);
}

function dayLine(date) {
  if (!dayLines.has(date)) {
    const line = element('div', 'day');
    line.append(element('span', '', date === new Date().toDateString() ? 'Today' : date));
    dayLines.set(date, line);
  }
  return dayLines.get(date);
}

function threadOf(message, replies) {
  if (!threads.has(message)) {
    const thread = element('section', 'thread');
    thread.setAttribute('aria-label', 'Thread');
    thread.append(element('div', 'thread-count'));
    threads.set(message, thread);
  }
  const thread = threads.get(message);
  thread.firstChild.textContent = replies.length === 1 ? '1 reply' : `${replies.length} replies`;
  place(thread, [thread.firstChild, ...replies.map(nodeOf)]);
  return thread;
}

// Who reads the newest goes on seeing it when something arrives, or when the panel takes some of the room.
let atEnd = true;

function followEnd() {
  const list = byId('messages');
  list.addEventListener('scroll', () => { atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120; });
  new ResizeObserver(() => { if (atEnd) list.scrollTop = list.scrollHeight; }).observe(list);
}

function drawMessages(follow = false) {
  const list = byId('messages');
  const shown = view.messages.filter((message) => !message._ephemeral_to || message._ephemeral_to === view.user);
  const known = new Set(shown.map((message) => message.ts));
  const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts && known.has(message.thread_ts);
  const nodes = [];
  let day = '';
  for (const message of shown.filter((one) => !isReply(one))) {
    const date = new Date(Number(message.ts) * 1000).toDateString();
    if (date !== day) {
      nodes.push(dayLine(date));
      day = date;
    }
    nodes.push(nodeOf(message));
    const replies = shown.filter((reply) => isReply(reply) && reply.thread_ts === message.ts);
    if (replies.length) nodes.push(threadOf(message, replies));
  }
  if (!nodes.length) {
    const empty = element('div', 'empty');
    empty.append(element('p', 'empty-title', 'Nothing here yet'),
      element('p', '', 'Type a command below, or take one of the examples. It goes to the bot exactly as Slack would send it.'));
    nodes.push(empty);
  }
  place(list, nodes);
  atEnd = atEnd || follow;
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function onMessage({ channel, message }) {
  if (message.user === view.bot && !message.edited) onBotMessage(channel, message, goTo);
  if (channel !== view.channel) {
    if (message.edited || (message._ephemeral_to && message._ephemeral_to !== view.user)) return;
    view.unread.add(channel);
    drawSide();
    return;
  }
  const known = view.messages.findIndex((one) => one.ts === message.ts);
  if (known < 0) view.messages.push(message);
  else view.messages[known] = message;
  view.messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  drawMessages();
}

// To a message that stands somewhere: the channel, then the line.
async function goTo(channel, ts) {
  await show(channel);
  const line = byId('messages').querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  if (!line) return;
  line.scrollIntoView({ block: 'center' });
  line.classList.add('pointed-at');
}

function onDeleted({ channel, ts }) {
  if (channel !== view.channel) return;
  view.messages = view.messages.filter((message) => message.ts !== ts);
  drawMessages();
}

// The box: what begins with /looker is a command, anything else is said.

const COMMAND = /^\/looker(?:\s+|$)/;

async function send(line) {
  const typed = line.trim();
  if (!typed) return;
  const history = view.history;
  if (history[history.length - 1] !== typed) history.push(typed);
  view.at = history.length;
  byId('command').value = '';
  byId('command').focus();
  const where = { channel: view.channel, user: view.user };
  try {
    if (COMMAND.test(typed)) await api('/sandbox/slash', 'POST', { text: typed.replace(COMMAND, ''), ...where });
    else await api('/sandbox/message', 'POST', { text: typed, ...where });
  } catch (error) {
    say(error.message, false);
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

// Life

async function load() {
  const state = await api('/sandbox/state');
  names.people = new Map(state.people.map((person) => [person.id, person]));
  names.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  view.bot = state.bot;
  view.user = view.user || 'U0ADA';
  const asked = view.channel || new URLSearchParams(location.search).get('channel');
  view.channel = names.channels.has(asked) ? asked : 'C0SALES';
  byId('team').textContent = state.team;
  if (!byId('examples').hasChildNodes()) {
    byId('examples').append(...[...state.examples.map((one) => `/looker ${one}`), ...state.talk].map((example) => {
      const chip = element('button', 'chip');
      chip.append(element('span', 'chip-lead', example.split(' ')[0]), ` ${example.split(' ').slice(1).join(' ')}`);
      chip.type = 'button';
      chip.addEventListener('click', () => send(example));
      return chip;
    }));
  }
  if (lookerWasOpen && byId('looker').hidden) openLooker(true);
  clearCalls();
  state.calls.forEach(onCall);
  setFaults(state);
  setWorkspace(state.workspace);
  setMode(state.mode);
  drawSide();
}

async function begin() {
  await load();
  await showNow(view.channel);
}

function listen() {
  const stream = new EventSource('/sandbox/stream');
  const on = (event, handle) => stream.addEventListener(event, ({ data }) => inOrder(() => handle(JSON.parse(data))));
  stream.addEventListener('open', () => inOrder(async () => {
    await begin();
    say('live', true);
  }));
  stream.addEventListener('error', () => say('not connected', false));
  on('message', onMessage);
  on('message_changed', onMessage);
  on('reaction', onMessage);
  on('message_deleted', onDeleted);
  on('view', onView);
  on('home', (news) => onHome(news, names));
  on('mode', ({ mode }) => setMode(mode));
  on('record', (call) => {
    onCall(call);
    return onConnection(call);
  });
  on('cleared', clearCalls);
  on('faults', setFaults);
  on('workspace', setWorkspace);
  on('channel', load);
  on('reset', () => {
    view.unread.clear();
    return begin().then(refreshModals);
  });
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

startFaults();
startHood(() => openLooker(false));
const lookerWasOpen = startLooker(names, openHood, say);
startMode();
startHome(names, say);
followEnd();
listen();
byId('command').focus();
