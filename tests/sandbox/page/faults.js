// Bad days at the press of a switch. What is shown is what the sandbox says, whoever set it.

import { api, byId } from './api.js';
import { element } from './mrkdwn.js';

// `fault` goes to /sandbox/faults as it is; `block` is a type of block that the workspace refuses.
const DAYS = [
  { id: 'looker-down', group: 'Looker', label: 'Down', hint: 'Every connection is reset', fault: { where: 'looker', do: 'down' } },
  { id: 'looker-html', group: 'Looker', label: 'Answers HTML', hint: 'A proxy’s 502 page instead of JSON', fault: { where: 'looker', do: 'html' } },
  { id: 'looker-slow', group: 'Looker', label: 'Slow, 3 s', hint: 'Right answers, three seconds late',
    fault: { where: 'looker', do: 'delay', seconds: 3 } },
  { id: 'looker-token', group: 'Looker', label: 'Token dies', hint: 'Once, at the next question; the bot has to log in again',
    fault: { where: 'looker', do: 'expire_token', match: 'GET /', times: 1 } },
  { id: 'slack-down', group: 'Slack', label: 'Not reachable', hint: 'Every connection is reset', fault: { where: 'slack', do: 'down' } },
  { id: 'slack-429', group: 'Slack', label: 'Says 429', hint: 'Too many requests, again in two seconds',
    fault: { where: 'slack', do: 'ratelimit', retry_after: 2 } },
  { id: 'slack-table', group: 'Slack', label: 'No data_table', hint: 'This workspace does not have that block yet', block: 'data_table' },
  { id: 'hook-refuses', group: 'Slack', label: 'Hooks refuse', hint: 'Each response_url says expired_url',
    fault: { where: 'hook', do: 'error', code: 'expired_url' } },
];
const USUAL = { match: '', times: null, after: false, status: null };

const now = { faults: [], refused_blocks: [], without_scopes: [] };

const isDay = (fault, day) => day.fault && Object.entries({ ...USUAL, ...day.fault }).every(([key, value]) => fault[key] === value);
const faultsOf = (day) => now.faults.filter((fault) => isDay(fault, day));
const isOn = (day) => (day.block ? now.refused_blocks.includes(day.block) : faultsOf(day).length > 0);

export function setFaults({ faults }) {
  now.faults = faults;
  draw();
}

export function setWorkspace({ refused_blocks, without_scopes }) {
  Object.assign(now, { refused_blocks, without_scopes });
  draw();
}

// What the answers say is not used: the stream says the same, and in order with what others do.
const put = (fault) => api('/sandbox/faults', 'POST', fault);
const remove = (fault) => api(`/sandbox/faults/${fault.id}`, 'DELETE');
const change = (settings) => api('/sandbox/workspace', 'POST', settings);

async function toggle(day) {
  if (day.block) {
    const others = now.refused_blocks.filter((type) => type !== day.block);
    return change({ refused_blocks: isOn(day) ? others : [...others, day.block] });
  }
  const wasOn = isOn(day);
  // The first fault that fits wins: of one service, one bad day at a time is what a switch can promise.
  for (const other of DAYS.filter((one) => one.fault && one.fault.where === day.fault.where)) {
    for (const fault of faultsOf(other)) await remove(fault);
  }
  if (!wasOn) await put(day.fault);
}

async function allWell() {
  await api('/sandbox/faults', 'DELETE');
  await change({ refused_blocks: [], without_scopes: [] });
}

// What other clients set and no switch stands for.
function others() {
  const found = now.faults.filter((fault) => !DAYS.some((day) => isDay(fault, day))).map((fault) => {
    const words = [fault.where, fault.do, fault.match && `“${fault.match}…”`,
      ['delay', 'slow', 'hang'].includes(fault.do) && `${fault.seconds} s`, fault.do === 'error' && fault.code, fault.status,
      fault.after && 'after the work', fault.times !== null && `${fault.times} more`];
    return [words.filter(Boolean).join(' · '), () => remove(fault)];
  });
  const known = DAYS.map((day) => day.block);
  for (const type of now.refused_blocks.filter((one) => !known.includes(one))) {
    found.push([`slack · no ${type} blocks`, () => change({ refused_blocks: now.refused_blocks.filter((one) => one !== type) })]);
  }
  if (now.without_scopes.length) found.push([`slack · without ${now.without_scopes.join(', ')}`, () => change({ without_scopes: [] })]);
  return found;
}

function draw() {
  for (const day of DAYS) byId(`day-${day.id}`).setAttribute('aria-checked', String(isOn(day)));
  const rest = others();
  byId('other-faults').replaceChildren(...rest.map(([words, take]) => {
    const line = element('li');
    const button = element('button', 'quiet', '✕');
    button.type = 'button';
    button.setAttribute('aria-label', `Take away: ${words}`);
    button.addEventListener('click', () => attempt(take));
    line.append(element('span', '', words), button);
    return line;
  }));
  const count = DAYS.filter(isOn).length + rest.length;
  const words = count === 0 ? 'All is well' : count === 1 ? '1 is on' : `${count} are on`;
  if (byId('days-status').textContent !== words) byId('days-status').textContent = words;
  byId('days-status').classList.toggle('bad', count > 0);
  // Not disabled, which would take the focus away: pressed once more it does no harm.
  byId('all-well').setAttribute('aria-disabled', String(count === 0));
  const badge = byId('hood-badge');
  badge.hidden = count === 0;
  badge.textContent = String(count);
  badge.setAttribute('aria-label', `${count} bad ${count === 1 ? 'day' : 'days'} on`);
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    byId('days-status').textContent = error.message;
    byId('days-status').classList.add('bad');
  }
}

export function startFaults() {
  for (const day of DAYS) {
    const button = element('button', 'switch');
    button.type = 'button';
    button.id = `day-${day.id}`;
    button.title = day.hint;
    button.setAttribute('role', 'switch');
    button.setAttribute('aria-checked', 'false');
    const track = element('span', 'switch-track');
    track.setAttribute('aria-hidden', 'true');
    button.append(track, element('span', 'switch-label', day.label));
    button.addEventListener('click', () => attempt(() => toggle(day)));
    byId(`days-${day.group.toLowerCase()}`).append(button);
  }
  byId('all-well').addEventListener('click', () => attempt(allWell));
}
