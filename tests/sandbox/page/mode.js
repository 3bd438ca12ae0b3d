// How Slack reaches the bot: the switch, and how many connections the bot holds.

import { api, byId } from './api.js';
import { element } from './mrkdwn.js';

const MODES = [['http', 'HTTP', 'Slack sends signed requests'], ['socket', 'Socket Mode', 'The bot holds WebSockets open; nothing goes over HTTP'],
  ['rtm', 'RTM', 'Messages over a WebSocket, as classic apps have it; commands and buttons over HTTP']];
let mode = 'http';

async function count() {
  const { connections } = await api('/sandbox/socket');
  const open = connections.filter((one) => one.open).length;
  const words = mode === 'http' ? 'signed requests' : open === 0 ? 'the bot is not connected' : open === 1 ? '1 connection' : `${open} connections`;
  if (byId('mode-status').textContent !== words) byId('mode-status').textContent = words;
  byId('mode-status').classList.toggle('bad', mode !== 'http' && open === 0);
}

export function setMode(next) {
  mode = next;
  byId(`mode-${mode}`).checked = true;
  return count();
}

// A connection came or went.
export function onConnection(call) {
  return call.kind === 'socket' && /^(open|gone|in close)\b/.test(call.name) ? count() : undefined;
}

export function startMode() {
  byId('modes').append(...MODES.map(([id, label, hint]) => {
    const choice = element('label');
    choice.title = hint;
    const radio = element('input', 'hidden');
    radio.type = 'radio';
    radio.name = 'mode';
    radio.value = id;
    radio.id = `mode-${id}`;
    radio.addEventListener('change', async () => {
      try {
        await api('/sandbox/mode', 'POST', { mode: id });
      } catch (error) {
        byId('mode-status').textContent = error.message;
      }
    });
    choice.append(radio, element('span', '', label));
    return choice;
  }));
}
