// The Looker side: what people do in Looker that ends in Slack. The forms are the bot's own, fetched as Looker does.

import { api, byId, remember, remembered } from './api.js';
import { element, link } from './mrkdwn.js';

const SHOWN_CHARS = 600;
const now = { content: null, integration: null, fields: [], values: {}, errors: {}, action: null, actionFields: [], actionValues: {}, names: null, since: 0, news: [] };

// One labelled control

function control(label, node, hint, wrong) {
  const out = element('div', 'looker-field');
  node.id = node.id || `looker-${label.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  const words = element('label', '', label);
  words.htmlFor = node.id;
  out.append(words, node);
  if (wrong) out.append(element('p', 'field-error', wrong));
  if (hint) out.append(element('p', 'field-hint', hint));
  return out;
}

function select(options, value, change) {
  const node = element('select', 'field-text');
  node.append(...options.map(([id, label]) => {
    const one = element('option', '', label);
    one.value = id;
    return one;
  }));
  if (value !== undefined) node.value = value;
  if (change) node.addEventListener('change', () => change(node.value));
  return node;
}

function text(value, change, lines = 1) {
  const node = element(lines > 1 ? 'textarea' : 'input', 'field-text');
  if (lines > 1) node.rows = lines;
  node.value = value || '';
  node.addEventListener('input', () => change(node.value));
  return node;
}

function doing(label, work) {
  const node = element('button', 'button-like primary', label);
  node.type = 'button';
  node.addEventListener('click', async () => {
    node.setAttribute('aria-busy', 'true');
    try {
      await work();
    } catch (error) {
      say({ status: 0, error: error.message, body: '' });
    } finally {
      node.removeAttribute('aria-busy');
    }
  });
  return node;
}

// What the bot answered, and what it then said in Slack

function say(result) {
  const box = byId('looker-answer');
  box.hidden = false;
  box.classList.toggle('bad', result.status !== 200 || /"success":\s*false/.test(result.body));
  const status = result.status ? `HTTP ${result.status}` : 'No answer';
  box.replaceChildren(
    element('p', 'looker-status', [status, result.error, result.elapsed_ms ? `${Math.round(result.elapsed_ms)} ms` : ''].filter(Boolean).join(' · ')),
    element('pre', '', (result.body || '').slice(0, SHOWN_CHARS)),
    element('ul', 'looker-news'));
  drawNews();
}

async function send(path, spec) {
  now.since = Date.now() / 1000;
  now.news = [];
  const result = await api(path, 'POST', spec);
  say(result);
  return result;
}

// A message of the bot's that arrives after something was sent: a way to it. It may come before the answer does.
export function onBotMessage(channel, message, go) {
  if (!now.since || Number(message.ts) < now.since) return;
  if (now.news.some((one) => one.channel === channel && one.ts === message.ts)) return;
  now.news.push({ channel, ts: message.ts, go });
  drawNews();
}

function drawNews() {
  const list = document.querySelector('#looker-answer .looker-news');
  if (!list) return;
  list.replaceChildren(...now.news.map(({ channel, ts, go }) => {
    const room = now.names.channels.get(channel);
    const button = element('button', 'quiet', `The message in ${room.is_im ? 'a direct message' : `#${room.name}`}`);
    button.type = 'button';
    button.addEventListener('click', () => go(channel, ts));
    const item = element('li');
    item.append(button);
    return item;
  }));
}

// A form as Looker draws it

function drawFields(fields, values, errors, again) {
  return fields.map((field) => {
    const label = field.label || field.name;
    const set = (value) => {
      values[field.name] = value;
      if (field.interactive) again();
    };
    if (field.type === 'message') return element('p', 'looker-message', field.description || field.value || label);
    if (field.type === 'oauth_link') return link(field.oauth_url, label);
    if (values[field.name] === undefined && field.default) values[field.name] = field.default;
    let node;
    if (field.type === 'select') {
      node = select([['', '']].concat((field.options || []).map((one) => [one.name, one.label || one.name])), values[field.name] || '', set);
    } else {
      node = text(values[field.name], (value) => { values[field.name] = value; }, field.type === 'textarea' ? 3 : 1);
      if (field.interactive) node.addEventListener('change', again);
    }
    node.id = `looker-field-${field.name}`;
    return control(label + (field.required ? ' *' : ''), node, field.description, errors[field.name]);
  });
}

function errorsOf(result) {
  const said = (result.json || {}).looker || {};
  return said.validation_errors || {};
}

// 1. A schedule

function drawSchedule() {
  const { looks, dashboards, formats } = now.content;
  const spec = { kind: 'look', id: '12', format: 'json_detail', path: '/slack/post/channel/sales' };
  const box = byId('looker-schedule');
  const draw = () => {
    const list = spec.kind === 'look' ? looks : dashboards;
    if (!list.some((one) => one.id === spec.id)) spec.id = list[0].id;
    if (!formats[spec.kind].includes(spec.format)) [spec.format] = formats[spec.kind];
    const change = (key) => (value) => {
      spec[key] = value;
      if (key === 'kind') draw();
    };
    box.replaceChildren(
      control('Send', select([['look', 'a Look'], ['dashboard', 'a dashboard']], spec.kind, change('kind'))),
      control('Which', select(list.map((one) => [one.id, `${one.title} (${one.id})`]), spec.id, change('id'))),
      control('Format', select(formats[spec.kind].map((one) => [one, one]), spec.format, change('format'))),
      control('To', select(places(), spec.path, change('path')), 'The address of the webhook ends with it.'),
      doing('Send now', () => send('/sandbox/schedule', spec)));
  };
  draw();
}

function places() {
  const rooms = [...now.names.channels.values()].filter((one) => !one.is_im).map((one) => (
    [`/slack/post/${one.is_private ? 'group' : 'channel'}/${one.name}`, `${one.is_private ? '🔒 ' : '#'}${one.name}`]));
  const people = [...now.names.people.values()].filter((one) => !one.is_bot && !one.deleted && one.id !== 'USLACKBOT').map((one) => (
    [`/slack/post/dm/${one.name}`, `@${one.name}`]));
  return rooms.concat(people, [['/slack/post/channel/no-such-channel', '#no-such-channel']]);
}

// 2. Send to Slack, and alerts: through the hub

const hub = { what: 'look', id: '12', format: 'json_detail', threshold: '1000' };

async function openHub() {
  const result = await api('/sandbox/hub', 'POST', { step: 'list' });
  if (result.status !== 200) say(result);
  now.integration = (((result.json || {}).integrations) || [])[0] || null;
  Object.assign(now, { values: {}, errors: {} });
  if (now.integration) await fetchForm();
  else drawHub();
}

async function fetchForm() {
  const result = await api('/sandbox/hub', 'POST', { step: 'form', url: now.integration.form_url, form_params: now.values });
  if (result.status !== 200) say(result);
  const form = result.json;
  now.fields = Array.isArray(form) ? form : (form || {}).fields || [];
  drawHub();
}

function drawHub() {
  const box = byId('looker-hub');
  if (!now.integration) {
    box.replaceChildren(doing('Open the list of actions', openHub));
    return;
  }
  const { integration, content } = now;
  const list = hub.what === 'look' ? content.looks : content.dashboards;
  if (!list.some((one) => one.id === hub.id)) hub.id = hub.what === 'alert' ? '20' : list[0].id;
  const all = content.formats[hub.what === 'dashboard' ? 'dashboard' : 'look'];
  const formats = all.filter((one) => !integration.supported_formats || integration.supported_formats.includes(one));
  if (!formats.includes(hub.format)) [hub.format] = formats.length ? formats : all;
  const change = (key) => (value) => {
    hub[key] = value;
    if (key === 'what') drawHub();
  };
  const head = element('p', 'looker-integration');
  if (integration.icon_data_uri && integration.icon_data_uri.startsWith('data:image/')) {
    const icon = element('img');
    icon.src = integration.icon_data_uri;
    icon.alt = '';
    head.append(icon);
  }
  head.append(element('strong', '', integration.label), element('span', '', integration.description || ''));
  const nodes = [head,
    control('What', select([['look', 'a Look'], ['dashboard', 'a dashboard'], ['alert', 'an alert']], hub.what, change('what'))),
    control(hub.what === 'alert' ? 'On the first tile of' : 'Which one', select(list.map((one) => [one.id, `${one.title} (${one.id})`]), hub.id, change('id')))];
  if (hub.what === 'alert') nodes.push(control('Is greater than', text(hub.threshold, (value) => { hub.threshold = value; })));
  else nodes.push(control('Data format', select((formats.length ? formats : all).map((one) => [one, one]), hub.format, change('format'))));
  nodes.push(...drawFields(now.fields, now.values, now.errors, () => fetchForm()));
  nodes.push(doing(hub.what === 'alert' ? 'Fire the alert' : 'Send', async () => {
    const what = hub.what === 'alert' ? { step: 'alert', id: hub.id, threshold: hub.threshold }
      : { step: 'execute', by_hand: true, kind: hub.what, id: hub.id, format: hub.format };
    const result = await send('/sandbox/hub', { ...what, url: integration.url, form_params: now.values });
    now.errors = errorsOf(result);
    drawHub();
  }));
  box.replaceChildren(...nodes);
}

// 3. LookML data actions: the three of the README

async function chooseAction(label) {
  const action = now.content.actions.find((one) => one.label === label);
  Object.assign(now, { action, actionValues: {}, actionErrors: {}, actionFields: action.form || [] });
  if (action.form_url) await fetchActionForm();
  else drawActions();
}

async function fetchActionForm() {
  const result = await api('/sandbox/hub', 'POST', { step: 'data_action_form', label: now.action.label, value: now.value, form_params: now.actionValues });
  if (result.status !== 200) say(result);
  now.actionFields = Array.isArray(result.json) ? result.json : (result.json || {}).fields || [];
  drawActions();
}

function drawActions() {
  const nodes = [control('On the value', text(now.value, (value) => { now.value = value; })),
    control('Action', select([['', 'Choose']].concat(now.content.actions.map((one) => [one.label, one.label])),
      now.action ? now.action.label : '', (label) => { if (label) chooseAction(label).catch((error) => say({ status: 0, error: error.message, body: '' })); }))];
  if (now.action) {
    nodes.push(...drawFields(now.actionFields, now.actionValues, now.actionErrors || {}, () => fetchActionForm()));
    nodes.push(doing('Submit', async () => {
      const result = await send('/sandbox/hub', { step: 'data_action', label: now.action.label, value: now.value, form_params: now.actionValues });
      now.actionErrors = errorsOf(result);
      drawActions();
    }));
  }
  byId('looker-actions').replaceChildren(...nodes);
}

// The panel

export async function openLooker(wanted) {
  if (byId('looker').hidden !== wanted) return;
  byId('looker').hidden = !wanted;
  byId('looker-toggle').setAttribute('aria-expanded', String(wanted));
  remember({ looker: wanted });
  if (!wanted || now.content) return;
  now.content = await api('/sandbox/hub');
  now.value = 'Ada Lovelace';
  drawSchedule();
  drawHub();
  drawActions();
}

// `other` closes the panel that stands in the same place.
export function startLooker(names, other, complain) {
  now.names = names;
  const open = (wanted) => openLooker(wanted).catch((error) => complain(error.message, false));
  const close = () => {
    open(false);
    byId('looker-toggle').focus();
  };
  byId('looker-toggle').addEventListener('click', () => {
    const wanted = byId('looker').hidden;
    if (wanted) other(false);
    open(wanted);
  });
  byId('looker-close').addEventListener('click', close);
  byId('looker').addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  return remembered().looker === true && byId('hood').hidden;
}
