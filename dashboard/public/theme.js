// Runs before the first paint, so that a page kept dark never flashes white.
(() => {
  let theme = 'auto';
  try {
    theme = localStorage.getItem('tributary.theme') ?? 'auto';
  } catch {
    // Storage may be forbidden; the system's own choice stands.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
