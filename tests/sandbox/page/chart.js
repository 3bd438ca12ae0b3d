// Slack's data_visualization block: bars, lines, areas and pies, as plain SVG.

import { element } from './mrkdwn.js';

const WIDTH = 560;
const HEIGHT = 240;
const LEFT = 64;
const BOTTOM = 56;
const TOP = 12;
const COLOURS = ['#4b6cb7', '#d1702a', '#2f8f6b', '#b0417a', '#7a5cc4', '#9a8a1e', '#3a94b5', '#c2483f', '#5d8a2c', '#8a5a3a',
  '#6b7280', '#c98bb9'];
const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function svg(name, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function titled(node, text) {
  node.append(svg('title', {}, text));
  return node;
}

function legend(names) {
  const list = element('ul', 'chart-legend');
  names.forEach((name, index) => {
    const item = element('li');
    const mark = svg('svg', { width: 10, height: 10, 'aria-hidden': 'true' });
    mark.append(svg('rect', { width: 10, height: 10, rx: 2, fill: COLOURS[index % COLOURS.length] }));
    item.append(mark, ` ${name}`);
    list.append(item);
  });
  return list;
}

// Where a value stands; the scale always has 0 in it.
function scaleOf(series) {
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const high = Math.max(0, ...values);
  const low = Math.min(0, ...values);
  const span = high - low || 1;
  return { high, low, y: (value) => TOP + ((high - value) / span) * (HEIGHT - TOP - BOTTOM) };
}

function drawAxes(drawing, chart, scale, step) {
  for (let part = 0; part <= 4; part += 1) {
    const value = scale.low + ((scale.high - scale.low) * part) / 4;
    const y = scale.y(value);
    drawing.append(svg('line', { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: 'grid' }),
      svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, short.format(value)));
  }
  const { categories, x_label: below, y_label: beside } = chart.axis_config;
  const every = Math.ceil(categories.length / 8);
  categories.forEach((label, index) => {
    if (index % every) return;
    drawing.append(svg('text', { x: LEFT + (index + 0.5) * step, y: HEIGHT - BOTTOM + 16, 'text-anchor': 'middle' }, label));
  });
  if (below) drawing.append(svg('text', { x: (LEFT + WIDTH) / 2, y: HEIGHT - 8, 'text-anchor': 'middle', class: 'axis' }, below));
  if (beside) {
    const middle = (HEIGHT - BOTTOM + TOP) / 2;
    drawing.append(svg('text', { x: 12, y: middle, 'text-anchor': 'middle', class: 'axis', transform: `rotate(-90 12 ${middle})` },
      beside));
  }
}

function drawBars(drawing, series, scale, step) {
  const wide = (step * 0.8) / series.length;
  series.forEach((one, place) => one.data.forEach((point, index) => {
    const y = Math.min(scale.y(point.value), scale.y(0));
    drawing.append(titled(svg('rect', {
      x: LEFT + index * step + step * 0.1 + place * wide, y, width: wide, height: Math.abs(scale.y(point.value) - scale.y(0)),
      fill: COLOURS[place % COLOURS.length], class: 'bar',
    }), `${one.name}, ${point.label}: ${number.format(point.value)}`));
  }));
}

function drawLines(drawing, series, scale, step, filled) {
  series.forEach((one, place) => {
    const colour = COLOURS[place % COLOURS.length];
    const points = one.data.map((point, index) => `${LEFT + (index + 0.5) * step},${scale.y(point.value)}`);
    const ends = [`${LEFT + (one.data.length - 0.5) * step},${scale.y(0)}`, `${LEFT + 0.5 * step},${scale.y(0)}`];
    if (filled) drawing.append(svg('polygon', { points: [...points, ...ends].join(' '), fill: colour, 'fill-opacity': 0.25 }));
    drawing.append(svg('polyline', { points: points.join(' '), fill: 'none', stroke: colour, 'stroke-width': 2 }));
    one.data.forEach((point, index) => drawing.append(titled(svg('circle', {
      cx: LEFT + (index + 0.5) * step, cy: scale.y(point.value), r: 3, fill: colour,
    }), `${one.name}, ${point.label}: ${number.format(point.value)}`)));
  });
}

function drawPie(drawing, segments) {
  const all = segments.reduce((sum, one) => sum + one.value, 0);
  const [x, y, r] = [WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - 10];
  let turned = 0;
  segments.forEach((one, index) => {
    const share = one.value / all;
    const at = (part) => `${x + r * Math.sin(2 * Math.PI * part)},${y - r * Math.cos(2 * Math.PI * part)}`;
    const fill = COLOURS[index % COLOURS.length];
    const shape = share > 0.9999 ? svg('circle', { cx: x, cy: y, r, fill }) : svg('path', {
      d: `M${x},${y} L${at(turned)} A${r},${r} 0 ${share > 0.5 ? 1 : 0} 1 ${at(turned + share)} Z`, fill, class: 'segment' });
    drawing.append(titled(shape, `${one.label}: ${number.format(one.value)} (${Math.round(share * 100)}%)`));
    turned += share;
  });
}

export function chart(block) {
  const { chart: what } = block;
  const figure = element('figure', 'chart');
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': block.title });
  figure.append(element('figcaption', '', block.title), drawing);
  if (what.type === 'pie') {
    drawPie(drawing, what.segments);
    figure.append(legend(what.segments.map((one) => `${one.label}: ${number.format(one.value)}`)));
    return figure;
  }
  const scale = scaleOf(what.series);
  const step = (WIDTH - LEFT) / what.axis_config.categories.length;
  drawAxes(drawing, what, scale, step);
  if (what.type === 'bar') drawBars(drawing, what.series, scale, step);
  else drawLines(drawing, what.series, scale, step, what.type === 'area');
  if (what.series.length > 1) figure.append(legend(what.series.map((one) => one.name)));
  return figure;
}
