import { describe } from 'vitest';
import { holdInvariants } from './invariants.ts';

describe('with a cluster', () => holdInvariants('cluster'));
