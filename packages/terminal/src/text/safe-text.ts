export { safeLine, safeText } from '@sotto/engine/text';
