import { describe } from 'vitest';
import { holdInvariants } from './invariants.ts';

describe('with an instance', () => holdInvariants('instance'));
