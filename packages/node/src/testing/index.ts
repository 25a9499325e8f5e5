export { TestPerson } from './test-person.ts';
