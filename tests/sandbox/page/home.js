// App Home: what the bot published for the person who looks.

import { api, byId } from './api.js';
import { drawBlock } from './blocks.js';
import { element } from './mrkdwn.js';

const now = { user: '', open: false };

function draw(view, names) {
  const list = byId('home');
  if (!view) {
    const empty = element('div', 'empty');
    empty.append(element('p', 'empty-title', 'Nothing published yet'),
      element('p', '', 'The bot was told that the tab was opened. What it publishes shows up here.'));
    list.replaceChildren(empty);
    return;
  }
  const press = () => ({ home: true, user: now.user });
  const page = element('div', 'home-blocks');
  page.append(...view.blocks.map((block) => drawBlock(block, names, press)));
  list.replaceChildren(page);
}

function show(open) {
  now.open = open;
  byId('home').hidden = !open;
  byId('messages').hidden = open;
  byId('composer').hidden = open;
  byId('tab-home').setAttribute('aria-selected', String(open));
  byId('tab-messages').setAttribute('aria-selected', String(!open));
}

// The tabs stand where the bot is written to; elsewhere there is only the conversation.
export function placeHome(user, isBotDm) {
  const moved = user !== now.user;
  now.user = user;
  byId('tabs').hidden = !isBotDm;
  if (!isBotDm || moved) show(false);
}

export function onHome({ user, view }, names) {
  if (now.open && user === now.user) draw(view, names);
}

export function startHome(names, say) {
  byId('tab-messages').addEventListener('click', () => show(false));
  byId('tab-home').addEventListener('click', async () => {
    show(true);
    try {
      const { view } = await api(`/sandbox/home?user=${encodeURIComponent(now.user)}`);
      draw(view, names);
      await api('/sandbox/home', 'POST', { user: now.user });
    } catch (error) {
      say(error.message, false);
    }
  });
}
