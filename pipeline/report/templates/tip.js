(() => {
  const tip = document.getElementById('tip');
  let current = null;
  const show = (link) => {
    current = link;
    tip.textContent = link.dataset.tip;
    tip.hidden = false;
    const box = link.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const above = box.top - own.height - 6;
    tip.style.left = left + 'px';
    tip.style.top = (above > 0 ? above : box.bottom + 6) + 'px';
    link.setAttribute('aria-describedby', 'tip');
  };
  const hide = () => { tip.hidden = true; current = null; };
  const of = (event) => event.target.closest && event.target.closest('a[data-tip]');
  for (const kind of ['mouseover', 'focusin'])
    document.addEventListener(kind, (event) => { const link = of(event); if (link) show(link); else if (current !== document.activeElement) hide(); });
  document.addEventListener('focusout', hide);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
  addEventListener('scroll', () => { if (current) show(current); }, { passive: true });
})();
