const NAMED = 3;

/**
 * Says changes of state to those who hear the page instead of seeing it; when many come at once, the first few and how
 * many more.
 *
 * @param {readonly { readonly name: string, readonly state: string }[]} changes
 */
export function announce(changes) {
  const said = document.getElementById('said');
  if (said === null || changes.length === 0) return;
  const named = changes.slice(0, NAMED).map(({ name, state }) => `${name} is ${state}`);
  const rest = changes.length - named.length;
  said.textContent = [...named, ...(rest > 0 ? [`${rest} more changed`] : [])].join('. ');
}
