export { StartDocument } from './generated/graphql.ts';
