export { PhoenixError } from './base/errors.js';
