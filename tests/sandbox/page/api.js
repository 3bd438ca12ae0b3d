// The sandbox's control API, and what every part of the page needs.

export const byId = (id) => document.getElementById(id);

export async function api(path, method = 'GET', body = undefined) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { 'Content-Type': 'application/json' };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error || answer.statusText);
  return result;
}

// Changes only what differs: the focus and what is scrolled stay, and screen readers say only what is new.
export function place(list, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...list.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] || null);
  });
}

// What the page looked like last time; never anything that was said in it.
const KEY = 'lookerbot-sandbox-page';

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

export function remember(change) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...remembered(), ...change }));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}
