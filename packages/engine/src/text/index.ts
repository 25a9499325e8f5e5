/** What others wrote, made harmless before it is shown. For every screen, no part of the engine at work. */
export { safeLine, safeText } from './safe-text.ts';
export { suspiciousHost } from './suspicious-host.ts';
