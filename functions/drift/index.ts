import { compose } from '../compose.ts';
import { createHandler } from '../invoke.ts';

export const handler = createHandler(compose(process.env));
