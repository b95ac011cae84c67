import { vi } from 'vitest';

// The files of a worker share its process and what they take from packages, but each loads our modules anew, with their hooks and state.
vi.resetModules();
