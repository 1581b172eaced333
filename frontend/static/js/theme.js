/* Before the first paint: the theme that was chosen here. A classic script, so that the page does not flash. */
(() => {
  try {
    const chosen = localStorage.getItem('latent-explorer.theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch {
    /* Storage may be closed to us: the system's own theme it is. */
  }
})();
