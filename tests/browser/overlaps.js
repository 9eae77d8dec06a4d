// Pairs of visible texts whose letters lie on one another: every line of every text node, of pages and of figures.
() => {
  const everywhere = [-Infinity, -Infinity, Infinity, Infinity];
  const seen = new Map();
  // The part of the page in which content of `element` can be seen; null where none can.
  const frameOf = (element) => {
    if (!element || element === document.body) return everywhere;
    if (seen.has(element)) return seen.get(element);
    let frame = element.classList.contains('hidden') ? null : frameOf(element.parentElement);
    const style = getComputedStyle(element);
    if (frame && [style.overflowX, style.overflowY].some((v) => v !== 'visible') && !(element instanceof SVGElement)) {
      const box = element.getBoundingClientRect();
      frame = [Math.max(frame[0], box.left), Math.max(frame[1], box.top), Math.min(frame[2], box.right), Math.min(frame[3], box.bottom)];
    }
    seen.set(element, frame);
    return frame;
  };
  const lines = [], range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement, text = node.nodeValue.trim();
    if (!text || parent.closest('script, style, title, desc')) continue;
    const frame = frameOf(parent);
    if (!frame || !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const slack = parent instanceof SVGElement ? 1.5 : box.height / 5; // a line is taller than its letters
      const line = {
        left: Math.max(box.left, frame[0]) + 1, right: Math.min(box.right, frame[2]) - 1,
        top: Math.max(box.top, frame[1]) + slack, bottom: Math.min(box.bottom, frame[3]) - slack, node, text,
      };
      if (line.right > line.left && line.bottom > line.top) lines.push(line);
    }
  }
  lines.sort((a, b) => a.top - b.top);
  const found = [];
  lines.forEach((a, i) => {
    for (let j = i + 1; j < lines.length && lines[j].top < a.bottom; j++) {
      const b = lines[j], cut = a.node === b.node && a.top === b.top; // a line cut short by "…" is told twice
      if (!cut && a.left < b.right && b.left < a.right) found.push(`${a.text.slice(0, 60)} / ${b.text.slice(0, 60)}`);
    }
  });
  return { lines: lines.length, found };
}
