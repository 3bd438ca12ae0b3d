// Slack's mrkdwn as DOM nodes. Data only ever becomes text nodes, never markup.

const EMOJI = {
  white_check_mark: '✅', heavy_check_mark: '✔️', warning: '⚠️', x: '❌', no_entry: '⛔', bar_chart: '📊',
  chart_with_upwards_trend: '📈', chart_with_downwards_trend: '📉', mag: '🔍', hourglass: '⌛',
  hourglass_flowing_sand: '⏳', information_source: 'ℹ️', tada: '🎉', wave: '👋', eyes: '👀', link: '🔗',
  art: '🎨', bell: '🔔', frame_with_picture: '🖼️', page_facing_up: '📄', large_green_circle: '🟢', red_circle: '🔴', signal_strength: '📶',
  small_red_triangle: '🔺', small_red_triangle_down: '🔻', arrow_up: '⬆️', arrow_down: '⬇️', bulb: '💡',
};
const MARKS = { '*': 'strong', _: 'em', '~': 's' };
const WORD = /[\p{L}\p{N}]/u;

export function decode(text) {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

export function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(parsed.protocol) ? url : null;
  } catch {
    return null;
  }
}

export function link(url, label) {
  const target = safeUrl(url);
  if (!target) return element('span', '', label);
  const node = element('a', '', label);
  node.href = target;
  node.target = '_blank';
  node.rel = 'noopener noreferrer';
  return node;
}

// names: { people: Map id -> person, channels: Map id -> channel }
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  text.split('```').forEach((part, index, all) => {
    const closed = index % 2 === 1 && index < all.length - 1;
    if (closed) {
      out.append(element('pre', 'code-block', decode(part.replace(/^\n|\n$/g, ''))));
    } else if (part) {
      out.append(lines(index % 2 ? '```' + part : part, names, index > 0));
    }
  });
  return out;
}

function lines(text, names, afterBlock) {
  const out = document.createDocumentFragment();
  let quote = null;
  let first = true;
  for (const line of (afterBlock ? text.replace(/^\n/, '') : text).split('\n')) {
    const quoted = /^(?:>|&gt;) ?/.exec(line);
    if (quoted) {
      if (!quote) out.append((quote = element('blockquote')));
      else quote.append(element('br'));
      inline(quote, line.slice(quoted[0].length), names);
    } else {
      if (!first && !quote) out.append(element('br'));
      quote = null;
      inline(out, line, names);
    }
    first = false;
  }
  return out;
}

function inline(out, text, names) {
  let plain = '';
  const flush = () => {
    if (plain) out.append(emoji(decode(plain)));
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const char = text[at];
    if (char === '`') {
      const end = text.indexOf('`', at + 1);
      if (end > at + 1) {
        flush();
        out.append(element('code', '', decode(text.slice(at + 1, end))));
        at = end + 1;
        continue;
      }
    } else if (char === '<') {
      const end = text.indexOf('>', at);
      if (end > 0) {
        flush();
        out.append(control(text.slice(at + 1, end), names));
        at = end + 1;
        continue;
      }
    } else if (MARKS[char] && !WORD.test(text[at - 1] || ' ')) {
      const end = closing(text, at, char);
      if (end > 0) {
        flush();
        const node = element(MARKS[char]);
        inline(node, text.slice(at + 1, end), names);
        out.append(node);
        at = end + 1;
        continue;
      }
    }
    plain += char;
    at += 1;
  }
  flush();
}

// Where the mark that begins at `start` ends; links and code between are jumped over.
function closing(text, start, mark) {
  if (!text[start + 1] || /\s/.test(text[start + 1])) return -1;
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '<') {
      const end = text.indexOf('>', at);
      if (end > 0) at = end;
    } else if (text[at] === mark && at > start + 1 && !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] || ' ')) {
      return at;
    }
  }
  return -1;
}

function control(inner, names) {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : decode(inner.slice(bar + 1));
  if (target.startsWith('@')) {
    const person = names.people.get(target.slice(1));
    return element('span', 'mention', '@' + (person ? person.profile.display_name : label || target.slice(1)));
  }
  if (target.startsWith('#')) {
    const channel = names.channels.get(target.slice(1));
    return element('span', 'mention', '#' + (channel ? channel.name : label || target.slice(1)));
  }
  if (target.startsWith('!date^')) return dateOf(target, label);
  if (target.startsWith('!')) return element('span', 'mention loud', '@' + (label || target.slice(1)));
  return link(decode(target), label || decode(target).replace(/^mailto:/, ''));
}

function dateOf(target, fallback) {
  const [, seconds, format, url] = target.split('^');
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return element('span', '', fallback);
  const date = (style) => when.toLocaleDateString(undefined, style);
  const text = decode(format)
    .replace(/\{date_num\}/g, when.toISOString().slice(0, 10))
    .replace(/\{time(?:_secs)?\}/g, clock(when))
    .replace(/\{date_short(?:_pretty)?\}/g, date({ day: 'numeric', month: 'short', year: 'numeric' }))
    .replace(/\{date_long(?:_pretty)?\}/g, date({ dateStyle: 'full' }))
    .replace(/\{date(?:_pretty)?\}/g, date({ dateStyle: 'long' }))
    .replace(/\{ago\}/g, fallback);
  return url ? link(decode(url), text) : element('span', '', text);
}

export function clock(when) {
  return when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

export function emoji(text) {
  return document.createTextNode(text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] || whole));
}
